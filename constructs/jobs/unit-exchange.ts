import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { JOB_NAMES } from '../../workloads/model/job-manifest-names.js';
import { componentLabels } from '../../workloads/model/job-manifest-pod.js';
import { WARM_PORT } from '../../workloads/model/job-manifest-warm.js';
import { type BenchNamespace } from './bench-namespace.js';

const DNS_PORT = 53;
const HTTPS_PORT = 443;

export interface UnitExchangeProps {
  /** Where coordinators and workers run. */
  readonly namespace: BenchNamespace;
}

/**
 * The way by which pods that stay up take work units: a Service in front of the coordinator, within the cluster
 * alone, and who may connect to whom. A coordinator takes connections of workers on that one port and no others;
 * a worker takes none, and makes them to the coordinator, to name servers and by HTTPS.
 */
export class UnitExchange extends Construct {
  /** What a coordinator depends on. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: UnitExchangeProps) {
    super(scope, id);
    const { namespace } = props;
    const dependsOn = [...namespace.ready];
    const coordinators = componentLabels(JOB_NAMES.coordinator);
    const workers = componentLabels(JOB_NAMES.flowWorker);
    const service = new ServiceV1(this, 'Service', {
      metadata: { name: JOB_NAMES.coordinator, namespace: namespace.name, labels: coordinators },
      spec: { type: 'ClusterIP', selector: coordinators, port: [{ name: 'units', port: WARM_PORT, targetPort: String(WARM_PORT) }] },
      dependsOn,
    });
    const port = [{ protocol: 'TCP', port: String(WARM_PORT) }];
    const ingress = new NetworkPolicyV1(this, 'ToCoordinators', {
      metadata: { name: 'units-from-workers', namespace: namespace.name },
      spec: {
        podSelector: { matchLabels: coordinators },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: { matchLabels: workers } }], ports: port }],
      },
      dependsOn,
    });
    const egress = new NetworkPolicyV1(this, 'FromWorkers', {
      metadata: { name: 'workers-reach-what-they-need', namespace: namespace.name },
      spec: {
        podSelector: { matchLabels: workers },
        policyTypes: ['Egress'],
        egress: [
          { to: [{ podSelector: { matchLabels: coordinators } }], ports: port },
          // Name servers stand in pods, or on the node itself: a policy has no one word for both.
          { ports: [{ protocol: 'UDP', port: String(DNS_PORT) }, { protocol: 'TCP', port: String(DNS_PORT) }] },
          // S3 and STS have no fixed addresses, and a policy knows no names.
          { ports: [{ protocol: 'TCP', port: String(HTTPS_PORT) }] },
        ],
      },
      dependsOn,
    });
    this.ready = [service, ingress, egress];
  }
}

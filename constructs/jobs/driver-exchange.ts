import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { JOB_NAMES } from '../../workloads/model/job-manifest-names.js';
import { componentLabels } from '../../workloads/model/job-manifest-pod.js';
import { WARM_PORT } from '../../workloads/model/job-manifest-warm.js';
import { type BenchNamespace } from './bench-namespace.js';

/** Label that Kubernetes itself gives every namespace. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

export interface DriverExchangeProps {
  /** Where coordinators run. */
  readonly namespace: BenchNamespace;
  /** Where the pods run that hold an engine's session, and how they are told from others there. */
  readonly drivers: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

/**
 * The way by which an engine's driver program comes to its queries: a Service in front of the coordinator, within
 * the cluster alone, on a port that only those drivers may connect to.
 */
export class DriverExchange extends Construct {
  /** What a coordinator depends on. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: DriverExchangeProps) {
    super(scope, id);
    const { namespace, drivers } = props;
    const dependsOn = [...namespace.ready];
    const coordinators = componentLabels(JOB_NAMES.coordinator);
    const service = new ServiceV1(this, 'Service', {
      metadata: { name: JOB_NAMES.coordinator, namespace: namespace.name, labels: coordinators },
      spec: { type: 'ClusterIP', selector: coordinators, port: [{ name: 'drivers', port: WARM_PORT, targetPort: String(WARM_PORT) }] },
      dependsOn,
    });
    const ingress = new NetworkPolicyV1(this, 'ToCoordinators', {
      metadata: { name: 'orders-to-drivers', namespace: namespace.name },
      spec: {
        podSelector: { matchLabels: coordinators },
        policyTypes: ['Ingress'],
        ingress: [{
          from: [{ namespaceSelector: { matchLabels: { [NAMESPACE_NAME]: drivers.namespace } }, podSelector: { matchLabels: drivers.labels } }],
          ports: [{ protocol: 'TCP', port: String(WARM_PORT) }],
        }],
      },
      dependsOn,
    });
    this.ready = [service, ingress];
  }
}

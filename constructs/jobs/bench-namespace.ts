import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { JOB_APPLICATION } from '../../workloads/model/job-manifest-names.js';
import { type IBenchCluster } from '../cluster/cluster-ref.js';

/** Deleting a namespace waits for its last pod, and for what operators have to finish first. */
const DELETE_TIMEOUT = '15m';

/** On the project's namespaces, so that network policies can tell them from others. */
const OURS = { 'app.kubernetes.io/part-of': JOB_APPLICATION };

/** Level of pod security of a namespace. */
export type PodSecurity = 'restricted' | 'baseline';

export interface BenchNamespaceProps {
  readonly cluster: IBenchCluster;
  readonly name: string;
  /** What pods the API server lets in (default `restricted`). */
  readonly podSecurity?: PodSecurity;
  /** Whose connections its pods take: those of all namespaces of the project, or none but what another policy allows (default `project`). */
  readonly openTo?: 'project' | 'nobody';
}

/**
 * A namespace whose pods run without privileges, enforced by the API server, and take connections from the
 * project's namespaces alone, or from nobody (where the network plugin enforces network policies; EKS's does when told to).
 *
 * It comes after everything that makes the cluster usable and goes before it: deleted too late, nobody may
 * delete it any more, and it hangs.
 */
export class BenchNamespace extends Construct {
  readonly name: string;
  /** What everything in the namespace depends on. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: BenchNamespaceProps) {
    super(scope, id);
    const level = props.podSecurity ?? 'restricted';
    const namespace = new NamespaceV1(this, 'Resource', {
      metadata: {
        name: props.name,
        labels: { ...OURS, 'pod-security.kubernetes.io/enforce': level, 'pod-security.kubernetes.io/warn': 'restricted', 'pod-security.kubernetes.io/audit': 'restricted' },
      },
      timeouts: { delete: DELETE_TIMEOUT },
      dependsOn: [...props.cluster.readiness],
    });
    this.name = props.name;
    this.ready = [...props.cluster.readiness, namespace];
    this.admit(props.openTo ?? 'project');
  }

  /** Coordinators reach engines, operators reach their pods, and nothing else in the cluster reaches any. */
  private admit(whom: 'project' | 'nobody'): void {
    const fromTheProject = { metadata: { name: 'from-the-project-only', namespace: this.name }, ingress: [{ from: [{ namespaceSelector: { matchLabels: OURS } }] }] };
    const { metadata, ingress } = whom === 'project' ? fromTheProject : { metadata: { name: 'from-nobody', namespace: this.name }, ingress: [] };
    new NetworkPolicyV1(this, 'Ingress', { metadata, spec: { podSelector: {}, policyTypes: ['Ingress'], ingress }, dependsOn: [...this.ready] });
  }
}

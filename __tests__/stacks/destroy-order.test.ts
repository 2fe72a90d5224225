import { PHASE_STACKS } from '../../workloads/model/physical-names.js';
import { destroyOrderProblems, type DestroyRule, type StackJson } from '../infrastructure/graph.js';
import { everythingOf } from './every-stack.js';

const IN_THE_CLUSTER = /^(helm_release|kubernetes_\w+)\./;
const NODES = /^aws_eks_node_group\./;

/** What a destroy must keep to; Terraform destroys against the dependencies it knows of. */
const EVERY_PHASE: readonly DestroyRule[] = [
  { before: IN_THE_CLUSTER, after: /^aws_eks_access_policy_association\./, because: 'nobody may remove a chart once nobody has access' },
  { before: IN_THE_CLUSTER, after: /^aws_eks_access_entry\./, because: 'nobody may remove a chart once nobody has access' },
  { before: IN_THE_CLUSTER, after: NODES, because: 'an operator needs a node to finish its resources on' },
  { before: IN_THE_CLUSTER, after: /^aws_eks_cluster\./, because: 'a release without its cluster cannot be removed' },
  { before: NODES, after: /^aws_route\./, because: 'a node that drains needs its way out' },
  { before: NODES, after: /^aws_route_table_association\./, because: 'a node that drains needs its way out' },
  { before: NODES, after: /^aws_internet_gateway\./, because: 'a gateway cannot go while public addresses are mapped through it' },
  { before: NODES, after: /^aws_vpc_endpoint\./, because: 'a node that drains reads from S3' },
  { before: NODES, after: /^aws_iam_role_policy_attachment\.Cluster_NodeRole/, because: 'a node without rights leaves its interfaces behind' },
  { before: NODES, after: /^aws_eks_addon\.Cluster_BeforeNodes/, because: 'without its network plugin a node leaves its interfaces behind' },
  { before: /^aws_eks_addon\.Cluster_AfterNodes/, after: NODES, because: 'name servers run on nodes' },
  { before: /^aws_eks_cluster\./, after: /^aws_iam_role_policy_attachment\.Cluster_ControlPlane/, because: 'EKS without rights leaves interfaces and its security group behind' },
  { before: /^aws_eks_cluster\./, after: /^aws_cloudwatch_log_group\./, because: 'EKS would make the log group anew' },
  { before: /^aws_eks_cluster\./, after: /^aws_subnet\./, because: 'a subnet cannot go while the control plane has interfaces in it' },
];

/** Charts whose resources need the operator of another chart to go. */
const DELTA: readonly DestroyRule[] = [
  { before: /^helm_release\.Ray_(RayCluster|Cluster)/, after: /^helm_release\.Ray_Operator/, because: 'the finalizers of a RayCluster are run by its operator' },
];

/** A copy in which nothing of a type depends on anything explicitly. */
function withoutDependsOn(stack: StackJson, types: RegExp): StackJson {
  const copy = structuredClone(stack) as { resource: Record<string, Record<string, Record<string, unknown>>> };
  for (const [type, byName] of Object.entries(copy.resource)) {
    if (types.test(type)) for (const body of Object.values(byName)) delete body.depends_on;
  }
  return copy;
}

describe('the order in which a destroy takes a phase apart', () => {
  it.each(PHASE_STACKS)('is right in %s', (name) => {
    expect(destroyOrderProblems(everythingOf(name), EVERY_PHASE)).toEqual([]);
  });

  it('takes a Ray cluster away before its operator', () => {
    expect(destroyOrderProblems(everythingOf('delta-stack'), DELTA)).toEqual([]);
  });

  it('is found wrong when neither nodes nor cluster depend on the way out', () => {
    const problems = destroyOrderProblems(withoutDependsOn(everythingOf('alpha-stack'), /^aws_eks_(node_group|addon|cluster)$/), EVERY_PHASE);
    expect(problems.join('\n')).toMatch(/aws_eks_node_group\.Cluster_Workers_Group_\w+ may outlive aws_route\.Network_ToInternet_\w+: a node that drains needs its way out/);
  });

  it('is found wrong when charts do not depend on access', () => {
    const problems = destroyOrderProblems(withoutDependsOn(everythingOf('beta-stack'), /^(helm_release|kubernetes_)/), EVERY_PHASE);
    expect(problems.join('\n')).toMatch(/helm_release\.\w+ may outlive aws_eks_access_policy_association/);
  });

  it('is found wrong when the cluster does not depend on the rights of its role', () => {
    const problems = destroyOrderProblems(withoutDependsOn(everythingOf('gamma-stack'), /^aws_eks_cluster$/), EVERY_PHASE);
    expect(problems.join('\n')).toMatch(/aws_eks_cluster\.\S+ may outlive aws_iam_role_policy_attachment\.Cluster_ControlPlane/);
  });

  it('tells of a rule that has nothing to look at', () => {
    const rule: DestroyRule = { before: /^aws_nothing\./, after: NODES, because: 'never' };
    expect(destroyOrderProblems(everythingOf('alpha-stack'), [rule])).toHaveLength(1);
  });
});

import { DescribeTagsCommand, paginateDescribeLoadBalancers, paginateDescribeTargetGroups } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type CloudClients } from './clients.js';
import { idOf, items, type Lister } from './lister.js';
import { type FoundResource, tagMap, type Tags } from './resource.js';

export const loadBalancers: Lister = { kind: 'load-balancer', list: listLoadBalancers };
export const targetGroups: Lister = { kind: 'target-group', list: listTargetGroups };

/** The service tells the tags of at most 20 things a call. */
const ARNS_A_CALL = 20;

async function tagsByArn(clients: CloudClients, arns: readonly string[]): Promise<ReadonlyMap<string, Tags>> {
  const tags = new Map<string, Tags>();
  for (let from = 0; from < arns.length; from += ARNS_A_CALL) {
    const told = await clients.loadBalancing.send(new DescribeTagsCommand({ ResourceArns: arns.slice(from, from + ARNS_A_CALL) }));
    for (const { ResourceArn, Tags: pairs } of told.TagDescriptions ?? []) if (ResourceArn !== undefined) tags.set(ResourceArn, tagMap(pairs));
  }
  return tags;
}

async function listLoadBalancers(clients: CloudClients): Promise<FoundResource[]> {
  const all = await items(paginateDescribeLoadBalancers({ client: clients.loadBalancing }, {}), (page) => page.LoadBalancers);
  const tags = await tagsByArn(clients, all.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []));
  return all.map((balancer) => {
    const arn = idOf(balancer.LoadBalancerArn, 'load balancer');
    return {
      kind: 'load-balancer' as const, id: arn, arn, name: balancer.LoadBalancerName, tags: tags.get(arn) ?? {},
      createdAtMs: balancer.CreatedTime?.getTime(), vpcId: balancer.VpcId, uses: balancer.SecurityGroups, detail: `${balancer.Type ?? '?'}, ${balancer.State?.Code ?? '?'}`,
    };
  });
}

async function listTargetGroups(clients: CloudClients): Promise<FoundResource[]> {
  const all = await items(paginateDescribeTargetGroups({ client: clients.loadBalancing }, {}), (page) => page.TargetGroups);
  const tags = await tagsByArn(clients, all.flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []));
  return all.map((group) => {
    const arn = idOf(group.TargetGroupArn, 'target group');
    return { kind: 'target-group' as const, id: arn, arn, name: group.TargetGroupName, tags: tags.get(arn) ?? {}, vpcId: group.VpcId };
  });
}

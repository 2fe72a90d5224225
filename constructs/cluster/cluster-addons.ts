import { EksAddon } from '@cdktf/provider-aws/lib/eks-addon';
import { type ITerraformDependable, Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { ADDONS } from '../../images/versions.js';
import { BenchTags } from '../tags/bench-tags.js';
import { POOL_LABEL, type Pool, SYSTEM_TAINT } from './cluster-ref.js';

const SYSTEM: Pool = 'system';

type Tags = Readonly<Record<string, string>>;

/** Values of an add-on that are not its defaults, by the add-on's name. */
const CONFIGURATION: Readonly<Record<string, (tags: Tags) => unknown>> = {
  // Whole blocks of addresses per node: fewer network interfaces to leave behind, and those carry our tags too.
  'vpc-cni': (tags) => ({
    // Without it a NetworkPolicy is accepted, and kept by nobody.
    enableNetworkPolicy: 'true',
    env: {
      ENABLE_PREFIX_DELEGATION: 'true',
      WARM_PREFIX_TARGET: '1',
      ...(Object.keys(tags).length === 0 ? {} : { ADDITIONAL_ENI_TAGS: JSON.stringify(tags) }),
    },
  }),
  // Name servers stand on the system node: nothing that is not measured runs on a worker.
  coredns: () => ({
    nodeSelector: { [POOL_LABEL]: SYSTEM },
    tolerations: [{ key: SYSTEM_TAINT.key, operator: 'Equal', value: SYSTEM_TAINT.value, effect: SYSTEM_TAINT.effect }],
  }),
};
/** Add-ons that stay on the nodes when EKS forgets them: without its network plugin a draining node leaks interfaces. */
const PRESERVED = ['vpc-cni'];

/**
 * Add-ons of one moment of a cluster's life. The network comes before nodes, which never get ready without it;
 * the name servers come after, since they wait for a node to run on.
 */
export class ClusterAddons extends Construct {
  readonly addons: readonly ITerraformDependable[];

  /** @param clusterName the cluster's own attribute, so that add-ons come after it */
  constructor(scope: Construct, id: string, clusterName: string, moment: keyof typeof ADDONS, after: readonly ITerraformDependable[]) {
    super(scope, id);
    this.addons = Object.entries(ADDONS[moment]).map(([addonName, addonVersion]: [string, string]) => {
      const configuration = CONFIGURATION[addonName];
      return new EksAddon(this, addonName, {
        clusterName,
        addonName,
        resolveConflictsOnCreate: 'OVERWRITE',
        resolveConflictsOnUpdate: 'OVERWRITE',
        ...(addonVersion === 'unverified' ? {} : { addonVersion }),
        ...(configuration === undefined ? {} : { configurationValues: Lazy.stringValue({ produce: () => JSON.stringify(configuration(BenchTags.tagsOf(this))) }) }),
        ...(PRESERVED.includes(addonName) ? { preserve: true } : {}),
        ...(after.length === 0 ? {} : { dependsOn: [...after] }),
      });
    });
  }
}

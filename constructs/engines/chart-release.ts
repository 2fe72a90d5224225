import { Release } from '@cdktf/provider-helm/lib/release';
import { type ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import { type ChartValues, renderValues } from './chart-values.js';

export interface ChartReleaseProps {
  /** Repository, name and version, as images/versions lists them. */
  readonly chart: { readonly repository: string; readonly chart: string; readonly version: string };
  readonly releaseName: string;
  /** Exists already: a namespace that Helm makes outlives its release. */
  readonly namespace: string;
  readonly values: ChartValues;
  /** What must be there before, and go after: the cluster's readiness and the namespaces at the least. */
  readonly dependsOn: readonly ITerraformDependable[];
  /** Seconds until an install or an uninstall counts as failed. Default 600: an image of some GB is pulled meanwhile. */
  readonly timeoutSeconds?: number;
}

const DEFAULT_TIMEOUT_SECONDS = 600;

/**
 * A release of a pinned chart. It waits until what it installed runs, and a failed install takes itself away
 * again, so that the next apply starts from nothing and not from a release named "failed".
 */
export class ChartRelease extends Construct {
  readonly release: Release;

  constructor(scope: Construct, id: string, props: ChartReleaseProps) {
    super(scope, id);
    this.release = new Release(this, 'Resource', {
      name: props.releaseName,
      namespace: props.namespace,
      repository: props.chart.repository,
      chart: props.chart.chart,
      version: props.chart.version,
      values: [renderValues(props.values)],
      createNamespace: false,
      atomic: true,
      wait: true,
      timeout: props.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
      maxHistory: 3,
      dependsOn: [...props.dependsOn],
    });
  }
}

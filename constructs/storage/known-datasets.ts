import { Construct } from 'constructs';
import { datasetParameterName, datasetParameterPath } from '../../workloads/model/physical-names.js';
import { LateValues } from '../parameters/late-values.js';

export interface KnownDatasetsProps {
  readonly project: string;
}

/** Which datasets were generated and verified, as the deploy sees it. Knows none, rather than fails, where there are none. */
export class KnownDatasets extends Construct {
  private readonly project: string;
  private readonly ids: LateValues;

  constructor(scope: Construct, id: string, props: KnownDatasetsProps) {
    super(scope, id);
    this.project = props.project;
    this.ids = new LateValues(this, 'Ids', datasetParameterPath(props.project));
  }

  /** Id of the verified dataset under a prefix such as `tpch/sf10`, "none" without one (Terraform expression). */
  datasetId(prefix: string): string {
    return this.ids.value(datasetParameterName(this.project, prefix));
  }

  /** Whether the bucket holds a verified dataset under a prefix (Terraform condition). */
  isVerified(prefix: string): string {
    return this.ids.isKnown(datasetParameterName(this.project, prefix));
  }
}

import { Construct } from 'constructs';
import { imageParameterName, imageParameterPath, type OwnImage } from '../../workloads/model/physical-names.js';
import { LateValues } from '../parameters/late-values.js';

export interface PublishedImagesProps {
  readonly project: string;
}

/** References by digest of the images that were published, as the deploy sees them. */
export class PublishedImages extends Construct {
  private readonly project: string;
  private readonly references: LateValues;

  constructor(scope: Construct, id: string, props: PublishedImagesProps) {
    super(scope, id);
    this.project = props.project;
    this.references = new LateValues(this, 'References', imageParameterPath(props.project));
  }

  /** `<repository>@sha256:…`, or "none" for an image that was not published (Terraform expression). */
  reference(image: OwnImage): string {
    return this.references.value(imageParameterName(this.project, image));
  }

  /** Whether an image was published (Terraform condition). */
  isPublished(image: OwnImage): string {
    return this.references.isKnown(imageParameterName(this.project, image));
  }
}

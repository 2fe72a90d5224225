import { type ControlPlaneSettings } from '../control-plane/control-plane.js';
import { type ArmedFault, type PodFault } from '../process-kubelet/faults.js';
import { type ProcessImage } from '../process-kubelet/images.js';
import { type PhaseWish } from './phase-manifests.js';

/** What a test cluster is made of. */
export interface ClusterSettings {
  readonly controlPlane: ControlPlaneSettings;
  /** Nodes of the worker pool; one of the system pool comes with them. */
  readonly workers: number;
  /** How often a node says that it is there. */
  readonly heartbeatMs: number;
}

/** Requests to S3 that are refused. */
export interface RefusedRequests {
  readonly methods: readonly ('GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE')[];
  /** Part of `/bucket/key`. */
  readonly path: string;
  readonly status: number;
  readonly code: string;
  /** How many; absent: all until they are let through again. */
  readonly times?: number;
}

export interface ClusterFacts {
  readonly kubeconfig: string;
  readonly server: string;
  /** `control plane with …`, to stand beside every time that is shown. */
  readonly settings: string;
  /** From nothing to nodes that take pods. */
  readonly startMs: number;
  readonly workerNodes: readonly string[];
  readonly systemNode: string;
  /** What a program needs in its environment to use the cluster's S3. */
  readonly s3Environment: Readonly<Record<string, string>>;
  /** A folder in it is a bucket, a file an object. */
  readonly s3Folder: string;
}

/** What a test may do to the cluster, beside what the Kubernetes API offers. Arguments and results are JSON. */
export interface ClusterControls {
  facts(): Promise<ClusterFacts>;
  /** Makes a namespace with everything that alpha-stack, or another, deploys into it; for an engine's charts, only the account that pods run as. */
  makePhase(namespace: string, wish: PhaseWish): Promise<void>;
  addWorkers(count: number): Promise<void>;
  setImage(reference: string, image: ProcessImage): Promise<void>;
  /** What pods of a service account get into their environment, as a webhook of the cloud would put it there. */
  inject(serviceAccount: string, environment: Readonly<Record<string, string>>): Promise<void>;

  /** Lets the images of the phase be run: the files that their Dockerfiles say, assembled from the packed project. */
  useOwnImages(): Promise<void>;

  /** S3 refuses connections, until it is resumed. */
  pauseS3(): Promise<void>;
  resumeS3(): Promise<void>;
  refuseS3(requests: RefusedRequests): Promise<void>;
  /** Lets through what was refused. */
  healS3(): Promise<void>;

  /** The API server alone: etcd, controllers, scheduler and pods go on. */
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;

  /** Something happens to the pod of this name, now; false where it has no process. */
  strike(namespace: string, pod: string, fault: PodFault): Promise<boolean>;
  /** Something will happen to the next pods with these labels. */
  arm(fault: ArmedFault): Promise<void>;
  /** Takes back what was armed and did not happen. */
  disarm(): Promise<void>;
  /** The node falls silent; `power`: its pods are gone with it, `network`: they go on. */
  loseNode(name: string, how: 'power' | 'network'): Promise<void>;
  returnNode(name: string): Promise<void>;
  /** The clock of a node is wrong, for what it reports and for the JavaScript of pods that it starts. */
  skewClock(name: string, byMs: number): Promise<void>;
  /** Names of the pods that have a process. */
  running(): Promise<readonly string[]>;
}

export const CONTROL_NAMES = [
  'facts', 'makePhase', 'addWorkers', 'setImage', 'inject', 'useOwnImages', 'pauseS3', 'resumeS3', 'refuseS3', 'healS3', 'stopApiServer', 'startApiServer',
  'strike', 'arm', 'disarm', 'loseNode', 'returnNode', 'skewClock', 'running',
] as const satisfies readonly (keyof ClusterControls)[];

import type { EngineRunner } from '../../engines/contract.js';
import type { ClusterApi, EngineApi } from '../../kubernetes/api/cluster-api.js';
import { connectCluster } from '../../kubernetes/api/connect.js';
import type { ClusterJob } from '../../kubernetes/api/objects.js';
import { ClusterDaftRunner } from '../../kubernetes/engines/daft-runner.js';
import { DEFAULT_ENGINE_LIMITS } from '../../kubernetes/engines/limits.js';
import type { ClusterEngineParts, DriverDoor } from '../../kubernetes/engines/place.js';
import { ClusterSparkRunner } from '../../kubernetes/engines/spark-runner.js';
import { ClusterTrinoRunner } from '../../kubernetes/engines/trino-runner.js';
import { measuredEngines } from '../../kubernetes/runs/phase-facts.js';
import { configurationError } from '../../model/errors.js';
import type { Job } from '../../model/job-manifest-types.js';
import { nodeShape } from '../../model/node-shapes.js';
import type { EngineId } from '../../model/result-row.js';
import { clusterExecutors } from './cluster-executors.js';
import { ClusterFlowRunner, roomOf } from './cluster-flow-runner.js';
import type { ClusterPlace } from './cluster-options.js';
import type { Guard } from './guarded-executor.js';
import type { ImageChoice } from './own-images.js';
import type { PodFacts } from './pod-facts.js';

export interface RunnerParts {
  /** In the coordinator's own namespace. */
  readonly api: ClusterApi;
  readonly pod: PodFacts;
  readonly ownJob: ClusterJob | null;
  readonly place: ClusterPlace;
  readonly images: ImageChoice;
  readonly guard: Guard;
  readonly log: (line: string) => void;
}

/** The engines of the phase, ready to be driven from the coordinator's pod. */
export async function clusterRunners(parts: RunnerParts): Promise<(id: string) => EngineRunner> {
  const runners = new Map<string, EngineRunner>();
  for (const id of measuredEngines(parts.place.facts)) runners.set(id, await runnerOf(id, parts));
  return (id) => {
    const runner = runners.get(id);
    if (runner === undefined) throw configurationError([`Engine "${id}" is not measured in phase ${parts.place.facts.phase}.`], `There: ${[...runners.keys()].join(', ')}.`);
    return runner;
  };
}

async function runnerOf(id: EngineId, parts: RunnerParts): Promise<EngineRunner> {
  const { spark, trino, ray } = parts.place.facts.places;
  if (id === 'flow') return flowRunner(parts);
  if (id === 'spark' && spark !== undefined) return sparkRunner({ ...spark, image: parts.images.spark ?? spark.image }, parts);
  if (id === 'daft' && ray !== undefined) return new ClusterDaftRunner({ ...(await engineParts(ray.namespace, parts)), place: ray, door: doorOf(parts.pod) });
  if (id === 'trino' && trino !== undefined) return new ClusterTrinoRunner({ ...(await engineParts(trino.namespace, parts)), place: trino });
  throw configurationError([`The coordinator is not told where ${id} is.`], 'Deploy the phase again with the version of flowbench that runs it.');
}

function flowRunner({ api, pod, ownJob, place, images, guard, log }: RunnerParts): EngineRunner {
  const image = images['flow-worker'];
  const createExecutor = clusterExecutors({ api, template: place.template as Job, pod, guard, log, ...(image === undefined ? {} : { image }) });
  return new ClusterFlowRunner({ createExecutor }, roomOf(ownJob), guard.signal);
}

async function sparkRunner(spark: NonNullable<ClusterPlace['facts']['places']['spark']>, parts: RunnerParts): Promise<EngineRunner> {
  const { nodeType } = parts.place.facts;
  const node = nodeShape(nodeType);
  if (node === undefined) throw configurationError([`Worker nodes are of type "${nodeType}", of which nothing is known to size executors by.`]);
  return new ClusterSparkRunner({ ...(await engineParts(spark.namespace, parts)), place: spark, door: doorOf(parts.pod), node });
}

async function engineParts(namespace: string, { guard }: RunnerParts): Promise<ClusterEngineParts> {
  const api: EngineApi = await connectCluster({ kind: 'in-cluster', namespace });
  return { api, limits: DEFAULT_ENGINE_LIMITS, isClusterGone: guard.isClusterGone, signal: guard.signal };
}

function doorOf({ warmHost, warmPort, warmUrl }: PodFacts): DriverDoor {
  return { host: warmHost, port: warmPort, url: warmUrl };
}

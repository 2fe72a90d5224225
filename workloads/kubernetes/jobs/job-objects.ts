import { createHash } from 'node:crypto';
import { FlowbenchError } from '../../model/errors.js';
import type { Job, OwnerReference } from '../../model/job-manifest-types.js';
import { collectedPatch, flowWorkerJob, workUnitsConfigMaps } from '../../model/job-manifest.js';
import type { WorkUnitV2 } from '../../model/work-unit.js';
import type { ClusterApi } from '../api/cluster-api.js';
import type { ClusterJob } from '../api/objects.js';
import { DEADLINE_MARGIN_SECONDS, type JobLimits } from './limits.js';
import type { SessionWatch } from './session-watch.js';

/** On a Job: what its units are, so that one made for others is never taken for ours. */
const UNITS_KEY = 'flowbench/units';
const HASH_CHARS = 16;

export interface JobFacts {
  readonly template: Job;
  readonly runId: string;
  readonly sessionId: string;
  readonly owner?: OwnerReference;
  readonly image?: string;
}

export interface JobOrder {
  readonly name: string;
  /** What it is for, such as `Q14-2-1`. */
  readonly query: string;
  readonly units: readonly WorkUnitV2[];
  readonly timeoutMs: number;
}

/** A Job that is there: its uid, and the ConfigMaps with its units. */
export interface JobHandle {
  readonly name: string;
  readonly uid: string;
  readonly configMaps: readonly string[];
}

/** Makes and removes what one Job consists of. */
export class JobObjects {
  constructor(
    private readonly api: ClusterApi,
    private readonly facts: JobFacts,
    private readonly watch: SessionWatch,
    private readonly limits: JobLimits,
  ) {}

  /** Anything of that name that is there is removed first, with its pods. Throws `plan_unsupported` for units that do not fit. */
  async create(order: JobOrder): Promise<JobHandle> {
    const texts = order.units.map((unit) => JSON.stringify(unit));
    const run = {
      ...this.facts,
      name: order.name,
      query: order.query,
      workers: order.units.length,
      deadlineSeconds: Math.ceil(order.timeoutMs / 1_000) + DEADLINE_MARGIN_SECONDS,
      annotations: { [UNITS_KEY]: hashOf(texts) },
    };
    const maps = workUnitsConfigMaps(this.facts.template, run, texts);
    const configMaps = maps.map(({ metadata }) => metadata.name);
    await Promise.all(maps.map(async (map) => {
      if ((await this.api.createConfigMap(map)) === 'created') return;
      await this.api.deleteConfigMap(map.metadata.name);
      if ((await this.api.createConfigMap(map)) !== 'created') throw inTheWay('ConfigMap', map.metadata.name);
    }));
    const job = flowWorkerJob(this.facts.template, { ...run, workUnits: configMaps });
    let created = await this.api.createJob(job);
    if (created.kind === 'exists') {
      await this.removeLeftover(order.name);
      created = await this.api.createJob(job);
    }
    if (created.kind === 'exists') throw inTheWay('Job', order.name);
    return { name: order.name, uid: created.job.metadata?.uid ?? '', configMaps };
  }

  /** The Job of an earlier coordinator that does these very units and may still end well; null where there is none. */
  adoptable(order: JobOrder): JobHandle | null {
    const texts = order.units.map((unit) => JSON.stringify(unit));
    const job = this.watch.unclaimedJobs().find(({ metadata }) => metadata?.name === order.name);
    const { uid, deletionTimestamp, annotations } = job?.metadata ?? {};
    if (job === undefined || uid === undefined || deletionTimestamp !== undefined || annotations?.[UNITS_KEY] !== hashOf(texts)) return null;
    if (hasCondition(job, 'Failed')) return null;
    // A Job whose pods were cleared away has ended, but who wrote what cannot be told any more.
    const succeeded = this.watch.unclaimedPods(uid).filter(({ status }) => status?.phase === 'Succeeded').length;
    if (hasCondition(job, 'Complete') && succeeded < order.units.length) return null;
    return { name: order.name, uid, configMaps: workUnitsConfigMaps(this.facts.template, { ...this.facts, name: order.name, query: order.query }, texts).map(({ metadata }) => metadata.name) };
  }

  /** Marks it for whoever starts again, and leaves the rest to the cluster. */
  async collected({ name, configMaps }: JobHandle): Promise<void> {
    await Promise.all([this.api.patchJob(name, collectedPatch(this.limits.keepSeconds)), ...configMaps.map((map) => this.api.deleteConfigMap(map))]);
  }

  /** Removes it and waits until its pods have left their nodes; false when they have not in time. */
  async remove({ name, uid, configMaps }: JobHandle): Promise<boolean> {
    await Promise.all([this.api.deleteJob(name), ...configMaps.map((map) => this.api.deleteConfigMap(map))]);
    return this.watch.podsGone(this.limits.podsGoneMs, uid);
  }

  private async removeLeftover(name: string): Promise<void> {
    const there = await this.api.getJob(name);
    await this.api.deleteJob(name);
    const uid = there?.metadata?.uid;
    if (uid === undefined) return;
    this.watch.release(uid);
    await this.watch.podsGone(this.limits.podsGoneMs, uid);
  }
}

export function hasCondition(job: ClusterJob, type: string): boolean {
  return job.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function hashOf(texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, HASH_CHARS);
}

function inTheWay(kind: string, name: string): FlowbenchError {
  return new FlowbenchError('infrastructure', `A ${kind} ${name} is there that is not of this run's making and does not go away.`, {
    remedy: 'See whether another coordinator works on the same run.',
  });
}

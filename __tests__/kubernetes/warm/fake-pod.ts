import { setTimeout as sleep } from 'node:timers/promises';
import { type PodIdentity, WARM_PATHS } from '../../../workloads/model/warm-protocol.js';
import { type WorkUnitV2 } from '../../../workloads/model/work-unit.js';
import { type WorkerMetrics } from '../../../workloads/model/worker-metrics.js';

/** What a pod does with a unit: a report, or `hang`: it says that it lives, but never ends; `freeze`: it says nothing any more. */
export type Conduct = (unit: WorkUnitV2, pod: FakePod) => WorkerMetrics | 'hang' | 'freeze' | Promise<WorkerMetrics | 'hang' | 'freeze'>;

let reports = 0;

export function soundReport(unit: WorkUnitV2, changes: Partial<WorkerMetrics> = {}): WorkerMetrics {
  reports += 1;
  return {
    work_unit_id: unit.id, query: unit.query.kind === 'tpch' ? unit.query.id : 'sql', stage: unit.stage.id, row_group_range: null, row_groups: {}, rows_in: 0, rows_out: 0,
    wall_ms: reports, decode_ms: 0, exec_ms: 1, upload_ms: 0, proof_ms: 0, bytes_read: 0, bytes_written: 0, cpu_ms: 1, max_rss_bytes: 1,
    output_uri: unit.output.uri, output_files: [{ uri: unit.output.uri, size_bytes: 0, rows: 0 }],
    engine: 'duckdb', engine_version: '0', node: 'here', ignored_options: [], error: null, ...changes,
  };
}

export function failedReport(unit: WorkUnitV2, code: string, retryable = false): WorkerMetrics {
  return soundReport(unit, { output_uri: null, output_files: [], error: { code, message: `planted ${code}`, retryable } });
}

/** A pod that takes units as a worker does, over real HTTP. */
export class FakePod {
  readonly units: WorkUnitV2[] = [];
  /** Exit code 0 was reached: it was told to go. */
  wasDismissed = false;
  onDismissed: () => void = () => undefined;
  private readonly life = new AbortController();

  constructor(
    readonly identity: PodIdentity,
    private readonly url: string,
    private readonly token: string,
    private readonly conduct: Conduct,
    private readonly aliveEveryMs = 30,
  ) {
    void this.live().catch(() => undefined);
  }

  /** As SIGKILL: it says nothing any more. */
  stop(): void {
    this.life.abort();
  }

  async call(path: string, body: object, token = this.token): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST', body: JSON.stringify(body), headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, signal: this.life.signal,
    });
  }

  report(unit: WorkUnitV2, metrics: WorkerMetrics): Promise<Response> {
    return this.call(WARM_PATHS.done, { ...this.identity, unit_id: unit.id, metrics });
  }

  private async live(): Promise<void> {
    while (!this.life.signal.aborted) {
      const answer = await this.patiently(WARM_PATHS.next, this.identity);
      if (answer.status === 410) {
        this.wasDismissed = true;
        this.onDismissed();
        return;
      }
      if (answer.status === 200) await this.carryOut(((await answer.json()) as { unit: WorkUnitV2 }).unit);
    }
  }

  private async carryOut(unit: WorkUnitV2): Promise<void> {
    this.units.push(unit);
    const end = this.conduct(unit, this);
    const state: { result: WorkerMetrics | 'hang' | 'freeze' | null } = { result: null };
    void Promise.resolve(end).then((value) => { state.result = value; });
    await sleep(0);
    while (state.result === null || state.result === 'hang') {
      const answer = await this.patiently(WARM_PATHS.alive, { ...this.identity, unit_id: unit.id });
      if (answer.status === 200 && ((await answer.json()) as { stop: boolean }).stop) return;
      await sleep(this.aliveEveryMs, undefined, { signal: this.life.signal });
    }
    if (state.result === 'freeze') await sleep(60_000, undefined, { signal: this.life.signal });
    else await this.patiently(WARM_PATHS.done, { ...this.identity, unit_id: unit.id, metrics: state.result });
  }

  /** Until the coordinator answers: it may be restarted meanwhile. */
  private async patiently(path: string, body: object): Promise<Response> {
    for (;;) {
      try {
        const answer = await this.call(path, body);
        if (answer.status < 400 || answer.status === 410) return answer;
      } catch {
        this.life.signal.throwIfAborted();
      }
      await sleep(20, undefined, { signal: this.life.signal });
    }
  }
}

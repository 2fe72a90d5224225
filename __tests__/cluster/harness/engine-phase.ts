import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { type ResultRow } from '../../../workloads/model/result-row.js';
import { eventuallyAmong } from './eventually-among.js';
import { type Pod } from './kube-types.js';
import { type Look, podsPath } from './objects.js';
import { Phase } from './phase.js';
import { engineNamespace, type PhaseWish } from './phase-manifests.js';
import { idIn } from './runs.js';

/** For what an engine does that begins with a JVM, on a machine where a dozen others begin. */
const PATIENCE_MS = 300_000;

/** A query's row in a few words. */
export const said = ({ query, status, error }: ResultRow): string => `${query} ${status}: ${error ?? ''}`;

/** What the namespace of a phase's engine is called by. */
const ENGINES = { beta: 'spark', gamma: 'trino', delta: 'ray' } as const;

interface Deployed extends PhaseWish {
  readonly phase: keyof typeof ENGINES;
}

/** The deployed phase of one engine, from the side of a suite: the engine's pods, and what runs measured. */
export class EnginePhase {
  readonly namespace: string;

  private constructor(readonly phase: Phase, readonly deployed: Deployed, private readonly args: readonly string[]) {
    this.namespace = engineNamespace(phase.namespace, ENGINES[deployed.phase]);
  }

  /** @param args what every run of it is started with */
  static async deploy(phase: keyof typeof ENGINES, args: readonly string[]): Promise<EnginePhase> {
    const deployed = { phase, port: await reservedPort() };
    return new EnginePhase(await Phase.deploy(phase, deployed), deployed, args);
  }

  /** The engine's pods that have all of these labels. */
  async pods(labels: Readonly<Record<string, string>> = {}): Promise<readonly Pod[]> {
    const labelSelector = Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(',');
    const { items } = await this.phase.cluster.api.ok<{ items: Pod[] }>('GET', podsPath(this.namespace), { query: { labelSelector } });
    return items;
  }

  /** Waits for so many pods that run; a wait in vain says which there were instead. */
  running(labels: Readonly<Record<string, string>>, count: number): Promise<readonly Pod[]> {
    return this.until(`${count} pods of ${JSON.stringify(labels)} that run`, async () => {
      const found = (await this.pods(labels)).filter(({ status }) => status?.phase === 'Running');
      return found.length === count ? found : null;
    });
  }

  until<T>(what: string, look: Look<T>): Promise<T> {
    return eventuallyAmong(this.phase.cluster.api, this.namespace, what, look, PATIENCE_MS);
  }

  /** Runs to the end; `stderr` is what was said meanwhile. */
  async measured(...args: readonly string[]): Promise<{ readonly runId: string; readonly rows: readonly ResultRow[]; readonly stderr: string }> {
    const { stderr } = await this.phase.run(...this.args, ...args);
    const runId = idIn(stderr);
    return { runId, rows: this.phase.rows(runId), stderr };
  }

  /** Starts a run, and resolves with its first row; the run goes on. */
  async underWay(...args: readonly string[]): Promise<{ readonly runId: string; readonly end: ReturnType<EnginePhase['measured']> }> {
    const earlier = this.latest();
    const end = this.measured(...args);
    const runId = await this.until('a first row', () => this.latest() !== earlier && this.phase.rows(this.latest()).length > 0 && this.latest());
    return { runId, end };
  }

  /** Files that the only session of a run left beside its rows. */
  kept(runId: string): { readonly folder: string; readonly files: readonly string[] } {
    const sessions = join(this.phase.runsInBucket, runId, 'engines');
    const folder = join(sessions, readdirSync(sessions)[0] ?? '');
    return { folder, files: readdirSync(folder).sort() };
  }

  private latest(): string {
    return readdirSync(this.phase.runsInBucket).sort().at(-1) ?? '';
  }
}

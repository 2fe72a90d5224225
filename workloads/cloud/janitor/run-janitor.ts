import { messageOf } from '../../model/errors.js';
import { standingOf } from '../../model/tags.js';
import { type FoundResource, RESOURCE_KINDS } from '../inventory/resource.js';
import { type Inventory } from '../inventory/take-inventory.js';
import { type Decision, decide } from './decide.js';
import { type JanitorMode, type JanitorOptions, type JanitorResult, type Judged, type Outcome } from './judged.js';
import { renderReport } from './report.js';

/** Everything outside that a run touches. */
export interface JanitorWorld {
  look(): Promise<Inventory>;
  remove(resource: FoundResource): Promise<void>;
  /** Tells people. Called at most once a run, and only when there is something to tell. */
  tell(subject: string, text: string): Promise<void>;
  /** One line, JSON, per decision and per kind that could not be looked at. */
  log(line: string): void;
  nowMs(): number;
  /** Milliseconds left of this run. */
  remainingMs(): number;
  sleep(ms: number): Promise<void>;
}

/** Kept for the report and the answer. */
const RESERVE_MS = 20_000;
/** Between two passes: node groups and clusters take minutes. */
const PAUSE_MS = 30_000;

/**
 * Looks, decides, and in mode `enforce` deletes what is expired. What takes minutes is asked to go; while time is
 * left the run looks again and goes on with what that held. Safe to run at any moment, and twice at once.
 */
export async function runJanitor(options: JanitorOptions, world: JanitorWorld): Promise<JanitorResult> {
  let overall: Judged[] = [];
  let passes = 0;
  let inventory: Inventory;
  for (;;) {
    passes += 1;
    inventory = await world.look();
    for (const spot of inventory.blindSpots) world.log(JSON.stringify({ event: 'could-not-look', project: options.project, pass: passes, ...spot }));
    const judged = await onePass(decide(inventory, { project: options.project, nowMs: world.nowMs() }), options, world, passes);
    overall = overAll(overall, judged);
    if (!goesOn(judged, options.mode) || world.remainingMs() < PAUSE_MS + 2 * RESERVE_MS) break;
    await world.sleep(PAUSE_MS);
  }
  const result = { passes, judged: overall, blindSpots: inventory.blindSpots };
  const report = renderReport(options, result);
  if (report !== undefined) await world.tell(report.subject, report.text);
  return result;
}

/** What the last look found, and what was deleted before it, though the last look may still see that on its way out. */
function overAll(before: readonly Judged[], now: readonly Judged[]): Judged[] {
  const isSame = (a: Judged, b: Judged): boolean => a.resource.kind === b.resource.kind && a.resource.id === b.resource.id;
  const deleted = before.filter((old) => old.outcome === 'deleted' && !now.some((one) => isSame(one, old) && one.problem !== undefined));
  return [...deleted, ...now.filter((one) => !deleted.some((old) => isSame(one, old)))];
}

async function onePass(decisions: readonly Decision[], options: JanitorOptions, world: JanitorWorld, pass: number): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const decision of decisions) {
    const one = { ...decision, ...(await carryOut(decision, options, world)) };
    judged.push(one);
    const { kind, id, name, belonging } = one.resource;
    world.log(JSON.stringify({
      event: 'decision', project: options.project, mode: options.mode, pass, kind, id, name, by: belonging.by, action: one.action, outcome: one.outcome, reason: one.reason, problem: one.problem,
    }));
  }
  return judged;
}

async function carryOut({ action, resource }: Decision, { mode, project }: JanitorOptions, world: JanitorWorld): Promise<{ outcome: Outcome; problem?: string }> {
  if (action !== 'delete') return { outcome: 'none' };
  if (mode !== 'enforce') return { outcome: 'dry-run' };
  // Asked again of the tags themselves, right before the deletion: whatever the decision came from.
  const standing = standingOf(resource.tags, project, world.nowMs());
  if (standing !== 'expired') return { outcome: 'failed', problem: `refused: its tags say ${standing}` };
  if (world.remainingMs() < RESERVE_MS) return { outcome: 'out-of-time' };
  try {
    await world.remove(resource);
    return { outcome: 'deleted' };
  } catch (error) {
    return { outcome: isHeld(error) ? 'blocked' : 'failed', problem: `${RESOURCE_KINDS[resource.kind]}: ${messageOf(error)}` };
  }
}

/** How services say that something still uses a thing. */
function isHeld(error: unknown): boolean {
  return error instanceof Error && /DependencyViolation|InUse|DeleteConflict|has dependencies|currently in use/i.test(`${error.name} ${error.message}`);
}

/** Another look pays when this pass set something going, or something was on its way out already. */
function goesOn(judged: readonly Judged[], mode: JanitorMode): boolean {
  const unfinished = judged.some(({ action, outcome }) => action === 'wait' || outcome === 'blocked');
  const moving = judged.some(({ outcome, resource }) => outcome === 'deleted' || (resource.leaving !== undefined && resource.kind !== 'kms-key'));
  return mode === 'enforce' && unfinished && moving;
}

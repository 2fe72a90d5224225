import * as z from 'zod';
import { parseExactJson } from './exact-json.js';

/** A task of a stage as `/v1/query/<id>` tells of it. */
const taskSchema = z.object({
  taskStatus: z.object({ nodeId: z.string() }),
  stats: z.object({
    pipelines: z.array(z.object({ totalDrivers: z.coerce.number(), operatorSummaries: z.array(z.object({ operatorType: z.string() })) })),
  }),
});
type Task = z.infer<typeof taskSchema>;

/** Operators that read a table. */
const SCANS: ReadonlySet<string> = new Set(['TableScanOperator', 'ScanFilterAndProjectOperator']);

/** What each node did of the scans of a query. */
export interface ScanWork {
  /** Splits of tables that each node read, largest first. */
  readonly splitsPerNode: readonly number[];
  readonly nodes: readonly string[];
}

/** Reads the distribution of a query's scans off its full description. Null where that has none: an answer is not lost for it. */
export function scanWorkOf(queryInfo: string): ScanWork | null {
  const splits = new Map<string, number>();
  for (const task of tasksIn(queryInfo)) {
    const scanned = task.stats.pipelines.filter(({ operatorSummaries }) => operatorSummaries.some(({ operatorType }) => SCANS.has(operatorType)));
    const read = scanned.reduce((sum, { totalDrivers }) => sum + totalDrivers, 0);
    if (read > 0) splits.set(task.taskStatus.nodeId, (splits.get(task.taskStatus.nodeId) ?? 0) + read);
  }
  if (splits.size === 0) return null;
  return { splitsPerNode: [...splits.values()].sort((a, b) => b - a), nodes: [...splits.keys()] };
}

/** Stages hang in each other in some releases and lie in a list in others: what has tasks is looked for. */
function tasksIn(queryInfo: string): Task[] {
  let info: unknown;
  try {
    info = parseExactJson(queryInfo);
  } catch {
    return [];
  }
  const { outputStage, stages } = z.object({ outputStage: z.unknown().optional(), stages: z.unknown().optional() }).catch({}).parse(info);
  return [outputStage, stages].flatMap(tasksOfStages);
}

function tasksOfStages(value: unknown): Task[] {
  if (Array.isArray(value)) return value.flatMap(tasksOfStages);
  if (typeof value !== 'object' || value === null) return [];
  const own = 'tasks' in value && Array.isArray(value.tasks) ? value.tasks.flatMap(readTask) : [];
  return [...own, ...('subStages' in value ? tasksOfStages(value.subStages) : []), ...('stages' in value ? tasksOfStages(value.stages) : [])];
}

function readTask(value: unknown): Task[] {
  const task = taskSchema.safeParse(value);
  return task.success ? [task.data] : [];
}

import { FlowbenchError } from '../../model/errors.js';
import { WORK_UNIT_V1_SCHEMA } from '../../model/names.js';
import { parseQueryId } from '../../model/queries.js';
import type { WorkUnitV1 } from '../../model/work-unit.js';
import { shardPlan } from '../../tpch/shard-plans.js';
import type { UnitSource } from './options.js';

/** The text of the work unit v1 that the flags describe; the range is of the query's driver table. */
export function unitOfFlags(flags: Extract<UnitSource, { kind: 'flags' }>): string {
  const id = queryOf(flags.query);
  const plan = shardPlan(id);
  const reads = plan.stages[0]?.kind === 'scan' ? Object.keys(plan.stages[0].reads) : [];
  const unit: WorkUnitV1 = {
    $schema: WORK_UNIT_V1_SCHEMA,
    id: `wu-${id}-${flags.range[0]}-${flags.range[1]}`,
    query: { kind: 'tpch', id },
    input: {
      kind: 'parquet_partition',
      uri_prefix: flags.tpchDir,
      tables: [plan.driver, ...reads.filter((table) => table !== plan.driver)],
      row_group_range: { [plan.driver]: [flags.range[0], flags.range[1]] },
    },
    output: { kind: outputKind(flags.output), uri: flags.output },
  };
  return JSON.stringify(unit);
}

function queryOf(text: string): ReturnType<typeof parseQueryId> {
  try {
    return parseQueryId(text);
  } catch (error) {
    throw error instanceof FlowbenchError ? new FlowbenchError('work_unit_invalid', error.sentence) : error;
  }
}

function outputKind(uri: string): 'arrow_ipc' | 'parquet' {
  if (uri.endsWith('.arrow')) return 'arrow_ipc';
  if (uri.endsWith('.parquet')) return 'parquet';
  throw new FlowbenchError('work_unit_invalid', `--output "${uri}" ends neither with .arrow nor with .parquet, so its format is unknown.`, {
    remedy: 'Give it one of these endings.',
  });
}

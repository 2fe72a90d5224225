import { FlowbenchError } from '../../workloads/model/errors.js';
import { parseWorkUnit } from '../../workloads/model/work-unit.js';
import { parseWorkerOptions, type UnitSource } from '../../workloads/cli/worker/options.js';
import { unitOfFlags } from '../../workloads/cli/worker/unit-of-flags.js';

const FLAGS = ['--query', 'q14', '--tpch-dir', 'D', '--row-group-range', '0:21', '--output', 'x.arrow'];

function flagSource(args: readonly string[]): Extract<UnitSource, { kind: 'flags' }> {
  const { source } = parseWorkerOptions(args, undefined);
  if (source.kind !== 'flags') throw new Error(`not from flags: ${source.kind}`);
  return source;
}

describe('the flags of flow-worker', () => {
  it('make a sound work unit v1 over the driver table of the query', () => {
    expect(parseWorkUnit(unitOfFlags(flagSource(FLAGS)))).toEqual({
      $schema: 'https://ematix-flow/work-unit.v1.json', id: 'wu-Q14-0-21', query: { kind: 'tpch', id: 'Q14' },
      input: { kind: 'parquet_partition', uri_prefix: 'D', tables: ['lineitem', 'part'], row_group_range: { lineitem: [0, 21] } },
      output: { kind: 'arrow_ipc', uri: 'x.arrow' },
    });
  });

  it('know --partitions as the other name of --row-group-range', () => {
    expect(flagSource(FLAGS.map((flag) => (flag === '--row-group-range' ? '--partitions' : flag))).range).toEqual([0, 21]);
  });

  it('fill in what a work unit leaves open', () => {
    const { defaults } = parseWorkerOptions([...FLAGS, '--threads', '3', '--memory-limit', '1.5GB', '--spill-dir', '/s'], undefined);
    expect(defaults).toEqual({ threads: 3, memoryLimitBytes: 1_500_000_000, spillDir: '/s' });
  });

  it.each([
    [[], undefined, 'warn'],
    [[], 'debug', 'debug'],
    [[], 'hyper=trace,info', 'info'],
    [[], 'trace', 'debug'],
    [['--log-level', 'error'], 'debug', 'error'],
  ] as const)('%j with RUST_LOG=%s logs at %s', (args, rustLog, level) => {
    expect(parseWorkerOptions([...FLAGS, ...args], rustLog).logLevel).toBe(level);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no work unit', [], /^No work unit was given\. Run "flow-worker --help"/],
    ['two sources', ['--work-unit-stdin', '--work-unit-file', 'x'], /--work-unit-file and --work-unit-stdin were given together/],
    ['a lone word', ['run', ...FLAGS], /Unexpected argument 'run'/],
    ['a flag without its value', ['--work-unit-file'], /--work-unit-file/],
    ['a query without its companions', ['--query', 'Q1'], /needs --tpch-dir, --row-group-range and --output/],
    ['a range that is none', FLAGS.map((flag) => (flag === '0:21' ? '21' : flag)), /"21" is not A:B/],
    ['no threads', [...FLAGS, '--threads', '0'], /--threads "0" is not a whole number above 0/],
    ['a size that is none', [...FLAGS, '--memory-limit', 'lots'], /--memory-limit "lots" is not a size/],
    ['an unknown level', [...FLAGS, '--log-level', 'loud'], /--log-level "loud" is none of error, warn, info, debug/],
  ])('are refused in one sentence: %s', (_, args, sentence) => {
    expect(() => parseWorkerOptions(args, undefined)).toThrow(FlowbenchError);
    expect(problemOf(() => parseWorkerOptions(args, undefined))).toMatch(sentence);
  });

  it.each<[string, readonly string[], RegExp]>([
    ['an unknown query', FLAGS.map((flag) => (flag === 'q14' ? 'Q23' : flag)), /Unknown query "Q23"/],
    ['an output of unknown format', FLAGS.map((flag) => (flag === 'x.arrow' ? 'x.csv' : flag)), /neither with \.arrow nor with \.parquet/],
  ])('make no work unit of %s', (_, args, sentence) => {
    expect(problemOf(() => unitOfFlags(flagSource(args)))).toMatch(sentence);
  });
});

function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof FlowbenchError && error.code === 'work_unit_invalid' ? error.sentence : `not work_unit_invalid: ${String(error)}`;
  }
  return 'nothing was wrong';
}

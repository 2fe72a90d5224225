import { FlowbenchError } from '../../workloads/model/errors.js';
import { WORK_UNIT_V1_SCHEMA, WORK_UNIT_V2_SCHEMA } from '../../workloads/model/names.js';
import { bucketUri, isV2, parseWorkUnit, workUnitV1Schema } from '../../workloads/model/work-unit.js';

const v1 = {
  $schema: WORK_UNIT_V1_SCHEMA,
  id: 'wu-7a3f',
  query: { kind: 'tpch', id: 'Q14' },
  input: { kind: 'parquet_partition', uri_prefix: 's3://bucket/tpch/sf10', tables: ['lineitem', 'part'], row_group_range: { lineitem: [0, 21] } },
  output: { kind: 'arrow_ipc', uri: 's3://bucket/results/q14-shard-3.arrow' },
  execution: { threads: 4, with_dict_preservation: true, with_late_mat: true, with_adaptive_predicate: true },
};

const v2 = {
  $schema: WORK_UNIT_V2_SCHEMA,
  id: 'wu-Q21-2-3',
  run_id: 'run-1',
  dataset_id: `sha256:${'0'.repeat(64)}`,
  query: { kind: 'tpch', id: 'Q21' },
  stage: { id: 2, kind: 'scan' },
  input: {
    kind: 'parquet_partition', uri_prefix: '/data', tables: ['lineitem', 'orders'], row_groups: { lineitem: [0, 4, 8] },
    side_inputs: [{ name: 'candidates', kind: 'parquet', uris: ['/data/c.parquet'] }], partials: [],
  },
  output: { kind: 'parquet', uri: '/out/wu.parquet', buckets: 1 },
  execution: { threads: 4, memory_limit_bytes: 8_000_000_000, spill_dir: '/tmp/spill' },
};

const parse = (value: unknown) => parseWorkUnit(JSON.stringify(value));

describe('a work unit', () => {
  it('of either version is accepted as the design writes it', () => {
    expect(isV2(parse(v1))).toBe(false);
    const unit = parse(v2);
    expect(isV2(unit)).toBe(true);
    expect(unit.query).toEqual({ kind: 'tpch', id: 'Q21' });
  });

  it('of v2 is refused by a v1 reader', () => {
    expect(workUnitV1Schema.safeParse(v2).success).toBe(false);
    expect(workUnitV1Schema.safeParse(v1).success).toBe(true);
  });

  it('may spell its query with two digits', () => {
    expect(parse({ ...v1, query: { kind: 'tpch', id: 'Q06' } }).query).toEqual({ kind: 'tpch', id: 'Q6' });
  });

  const bad: readonly (readonly [string, unknown, RegExp])[] = [
    ['another $schema', { ...v2, $schema: 'https://ematix-flow/work-unit.v3.json' }, /v3\.json.*reads.*v1\.json.*v2\.json/s],
    ['no $schema', { id: 'x' }, /\$schema is missing/],
    ['an array', [v2], /\$schema is missing/],
    ['an unknown key', { ...v2, colour: 'red' }, /colour/],
    ['an unknown nested key', { ...v2, execution: { ...v2.execution, turbo: true } }, /execution.*turbo/],
    ['an unknown query', { ...v2, query: { kind: 'tpch', id: 'Q23' } }, /Unknown query "Q23".*Q22/],
    ['a reversed range', { ...v1, input: { ...v1.input, row_group_range: { lineitem: [21, 0] } } }, /half-open/],
    ['an empty range', { ...v1, input: { ...v1.input, row_group_range: { lineitem: [3, 3] } } }, /half-open/],
    ['a negative row group', { ...v1, input: { ...v1.input, row_group_range: { lineitem: [-1, 3] } } }, /row_group_range/],
    ['a row group named twice', { ...v2, input: { ...v2.input, row_groups: { lineitem: [1, 1] } } }, /rising order, each once/],
    ['row groups out of order', { ...v2, input: { ...v2.input, row_groups: { lineitem: [2, 1] } } }, /rising order, each once/],
    ['zero threads', { ...v2, execution: { ...v2.execution, threads: 0 } }, /execution\.threads/],
    ['a missing output', { ...v2, output: undefined }, /output/],
  ];

  it.each(bad)('with %s is refused with a sentence that names it', (_name, value, expected) => {
    let thrown: unknown;
    try {
      parse(value);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(FlowbenchError);
    expect((thrown as FlowbenchError).code).toBe('work_unit_invalid');
    expect((thrown as FlowbenchError).sentence).toMatch(expected);
  });

  it('that is not JSON is refused', () => {
    expect(() => parseWorkUnit('{"id":')).toThrow(/not JSON/);
  });
});

describe('the files of a bucketed partial', () => {
  it('carry the bucket before the ending, and a single bucket keeps the name', () => {
    expect(bucketUri('/a.b/wu.parquet', 3, 4)).toBe('/a.b/wu.b3.parquet');
    expect(bucketUri('/a.b/wu', 0, 2)).toBe('/a.b/wu.b0');
    expect(bucketUri('/a/wu.parquet', 0, 1)).toBe('/a/wu.parquet');
  });
});

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { runUnit } from '../../workloads/worker/run-unit.js';
import { ALL_TYPES_SQL } from './arrow-fixture.js';
import { environmentOf, temporaryFolder, unitV1, unitV2 } from './support.js';

/** Reads what flow-worker wrote with Arrow's own C++ reader: a Python that has pyarrow is named by FLOWBENCH_TEST_PYTHON. */
const python = process.env['FLOWBENCH_TEST_PYTHON'] ?? 'python3';
const folder = temporaryFolder();
const path = join(folder.dir, 'partial.arrow');
afterAll(() => { folder.remove(); });

const READ = `
import json, sys, pyarrow as pa
table = pa.ipc.open_file(sys.argv[1]).read_all()
table.validate(full=True)
print(json.dumps({"types": [str(f.type) for f in table.schema], "rows": [[None if v is None else str(v) for v in row.values()] for row in table.to_pylist()]}))
`;

function readWithPyarrow(): unknown {
  return JSON.parse(execFileSync(python, ['-c', READ, path], { encoding: 'utf8' }));
}

it('pyarrow reads every type, value for value', async () => {
  const env = environmentOf(folder.dir);
  const metrics = await runUnit(unitV2(folder.dir, { query: { kind: 'sql', sql: ALL_TYPES_SQL }, output: { kind: 'arrow_ipc', uri: path } }), env);
  expect(metrics.error).toBeNull();
  expect(readWithPyarrow()).toEqual({
    types: ['int32', 'int64', 'decimal128(38, 0)', 'decimal128(15, 2)', 'decimal128(38, 4)', 'double', 'date32[day]', 'bool', 'string'],
    rows: [
      ['1', '9007199254740993', '10000000000000000000000000000000000000', '12345678901.23', '9999999999999999999999999999999999.9999', '0.1', '1998-12-01', 'True', 'naïve 🚀'],
      ['2', '-1', '-7', '-0.01', '-9999999999999999999999999999999999.9999', '-1e+300', '1969-12-31', 'False', ''],
      ['3', null, null, null, null, null, null, null, null],
    ],
  });
});

it('pyarrow opens the partial of a work unit v1', async () => {
  const env = environmentOf(folder.dir);
  const metrics = await runUnit(unitV1(folder.dir, { output: { kind: 'arrow_ipc', uri: path } }), env);
  expect(metrics.error).toBeNull();
  expect(readWithPyarrow()).toMatchObject({ rows: [expect.any(Array)] });
});

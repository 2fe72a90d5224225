import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset } from '../../workloads/dataset/load.js';
import { engineRunner } from '../../workloads/engines/registry.js';
import { SparkRunner } from '../../workloads/engines/spark/runner.js';
import { COMMON_SETTINGS, localSettings, SPARK_TIERS, tierNote, tierSettings, type LocalSpark } from '../../workloads/engines/spark/settings.js';
import { sessionContext } from '../fixtures/inline-flow.js';
import { SAMPLE_DATASET } from './contract.js';

const GIB = 1024 ** 3;
const local = (overrides: Partial<LocalSpark> = {}): Readonly<Record<string, string>> =>
  localSettings({ tier: 'default', workers: 2, threadsPerWorker: 3, memoryLimitBytes: 4 * GIB, scratchDir: '/s', eventLogDir: null, s3Jars: [], javaTmpDir: '/s', ...overrides });

describe('what Spark is set to on one machine', () => {
  it('has the cores and the memory of all workers together', () => {
    expect(local()).toMatchObject({ 'spark.master': 'local[6]', 'spark.driver.memory': '8192m' });
  });

  it('listens on loopback alone, spills where it is told, and keeps no log that nobody asked for', () => {
    expect(local()).toMatchObject({ 'spark.driver.bindAddress': '127.0.0.1', 'spark.driver.host': '127.0.0.1', 'spark.local.dir': '/s', 'spark.eventLog.enabled': 'false' });
    expect(local({ eventLogDir: '/kept' })).toMatchObject({ 'spark.eventLog.enabled': 'true', 'spark.eventLog.dir': 'file:/kept' });
  });

  it('waits for hours for parts of it that are parked', () => {
    const seconds = (key: string): number => Number.parseInt(COMMON_SETTINGS[key] ?? '', 10);
    expect(seconds('spark.network.timeout')).toBeGreaterThan(3_600);
    expect(seconds('spark.executor.heartbeatInterval')).toBeLessThan(seconds('spark.network.timeout'));
  });

  it('sets nothing that makes queries faster but in the tier that says so', () => {
    const faster = /shuffle\.partitions|serializer|broadcast/i;
    expect(Object.keys(local()).filter((key) => faster.test(key))).toEqual([]);
    expect(Object.keys(local({ tier: 'plan' })).filter((key) => faster.test(key))).toEqual([]);
    expect(Object.keys(tierSettings('tuned', 6))).toHaveLength(3);
    expect(local({ tier: 'tuned' })).toMatchObject({ 'spark.sql.shuffle.partitions': '24' });
  });

  it('has 3 GiB a worker in the plan\'s tier, at most what was given, and says what does not apply', () => {
    expect(local({ tier: 'plan' })).toMatchObject({ 'spark.master': 'local[6]', 'spark.driver.memory': '6144m' });
    expect(local({ tier: 'plan', memoryLimitBytes: GIB })['spark.driver.memory']).toBe('2048m');
    expect(tierNote({ tier: 'plan', workers: 2 })).toMatch(/no executors/);
    expect(tierNote({ tier: 'default', workers: 2 })).toBeNull();
  });

  it('brings the jars for S3 only where they are needed', () => {
    expect(local()).not.toHaveProperty('spark.jars');
    expect(local({ s3Jars: ['/a.jar', '/b.jar'] })).toMatchObject({ 'spark.jars': '/a.jar,/b.jar' });
  });
});

describe('the runner of Spark', () => {
  const scratchDir = mkdtempSync(join(tmpdir(), 'spark-'));
  afterAll(() => { rmSync(scratchDir, { recursive: true, force: true }); });

  it('is the one of its name, with its tiers', () => {
    const runner = engineRunner('spark', { enginesDir: scratchDir });
    expect(runner).toBeInstanceOf(SparkRunner);
    expect(runner).toMatchObject({ id: 'spark', scaling: 'cores', tiers: SPARK_TIERS, variants: ['default'] });
  });

  it('says how it is installed where it is not, and leaves nothing', async () => {
    const context = sessionContext(await loadDataset(SAMPLE_DATASET), scratchDir, { variant: 'default' });
    const runner = engineRunner('spark', { enginesDir: join(scratchDir, 'none') });
    await expect(runner.open(context)).rejects.toMatchObject({ code: 'tool_missing', remedy: expect.stringMatching(/flowbench engines install spark/) as string });
    await expect(runner.open({ ...context, tier: 'best' })).rejects.toThrow('Spark has no tier "best".');
    expect(readdirSync(scratchDir)).toEqual([]);
  });
});

describe('canonical text of a driver', () => {
  const text = (expression: string): string =>
    execFileSync('python3', ['-B', '-c', `import sys; sys.path.insert(0, ${JSON.stringify(join(__dirname, '..', '..', 'images', 'driver'))})\nimport flowbench_text as d\nfrom decimal import Decimal\nimport datetime\nprint(${expression}, end="")`], { encoding: 'utf8' });

  it('is that of typed rows for every kind of column', () => {
    const kinds = ['{"kind": "decimal", "precision": 38, "scale": 4}', '{"kind": "double"}', '{"kind": "date"}', '{"kind": "integer"}', '{"kind": "string"}', '{"kind": "boolean"}'];
    const columns = `[${kinds.map((kind) => `{"name": "c", "type": ${kind}}`).join(', ')}]`;
    expect(text(`d.texts_of(${columns}, [(Decimal("1E+3"), 0.1, datetime.date(1994, 1, 2), 7, "x", True), (Decimal("-0.5"), 1e21, datetime.datetime(1994, 1, 2), -7, "", False), (None,) * 6])`)).toBe(
      "[['1000.0000', '0.1', '1994-01-02', '7', 'x', 'true'], ['-0.5000', '1e+21', '1994-01-02', '-7', '', 'false'], [None, None, None, None, None, None]]",
    );
  });

  it('keeps every digit of a decimal that a double could not hold', () => {
    expect(text('d.decimal_text(Decimal("12345678901234567890123456789012.3456"), 4)')).toBe('12345678901234567890123456789012.3456');
  });

  it.each([['5.0', '5'], ['1e-05', '0.00001'], ['1e16', '10000000000000000'], ['-2.5e-7', '-2.5e-7'], ['float("nan")', 'NaN'], ['0.30000000000000004', '0.30000000000000004']])('of the double %s is %s', (value, expected) => {
    expect(text(`d.double_text(${value})`)).toBe(expected);
  });
});

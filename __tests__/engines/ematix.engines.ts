import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from '../../workloads/campaign/parse-options.js';
import { runCampaign, type CampaignResult } from '../../workloads/campaign/run-campaign.js';
import { DuckDBRunner } from '../../workloads/engines/duckdb.js';
import type { DatasetHandle } from '../../workloads/model/manifest.js';
import type { ResultRow } from '../../workloads/model/result-row.js';
import { QUERY_IDS } from '../../workloads/model/queries.js';
import { SilentProgress } from '../fixtures/campaigns.js';
import { doubleSample, SAMPLE } from '../fixtures/double-sample.js';
import { standInRunner } from '../fixtures/ematix-stand-in.js';
import { describeEngineContract, suiteQuery } from './contract.js';

jest.setTimeout(300_000);

let double: Promise<DatasetHandle> | undefined;
const dataset = (): Promise<DatasetHandle> => (double ??= doubleSample());

describeEngineContract('ematix-flow (a stand-in)', {
  runner: () => standInRunner(),
  context: { executor: 'process', variant: 'default' },
  slow: { runner: () => standInRunner({ faults: ['endless@Q9'] }), query: suiteQuery('Q9') },
  failing: { runner: () => standInRunner({ faults: ['reader-error@Q9'] }), query: suiteQuery('Q9') },
  labelStartsWith: 'ematix-flow ',
  precision: 'double',
  dataset,
  storageMedium: 'local_copy',
  runsAfterMs: 1_500,
});

describe('a campaign with ematix-flow (a stand-in)', () => {
  function campaign(dir: string, raw: { workers: string; queries: string; runs: string; timeout?: string }, faults: readonly string[] = []): Promise<CampaignResult> {
    const options = { dataset: dir, engines: 'duckdb,ematix', memoryPerWorker: '500MB', out: mkdtempSync(join(tmpdir(), 'flowbench-ematix-run-')), ...raw };
    const ematix = standInRunner({ faults });
    return runCampaign({ kind: 'new', ...parseOptions(options, 2) }, {
      flowbenchVersion: '0.0.1-test', codeRoot: tmpdir(), signal: new AbortController().signal, progress: new SilentProgress(), log: () => undefined,
      runnerOf: (id) => (id === 'duckdb' ? new DuckDBRunner() : ematix),
    });
  }
  function cellsOf(rows: readonly ResultRow[]): Map<string, ResultRow> {
    return new Map(rows.filter(({ engine, repetition }) => engine === 'ematix' && repetition === 1).map((row) => [`${row.query} N=${row.workers}`, row]));
  }

  it('measures all 22 queries on one process and on two, right and with every row group read once', async () => {
    const { uri } = await dataset();
    const { rows, ended } = await campaign(uri, { workers: '1,2', queries: 'all', runs: '2' });
    expect(ended).toBe('complete');
    const wrong = rows.filter(({ status }) => status !== 'ok').map(({ engine, query, workers, status, error }) => `${engine} ${query} N=${workers}: ${status} ${error}`);
    expect(wrong).toEqual([]);
    const ematix = rows.filter(({ engine }) => engine === 'ematix');
    expect(ematix).toHaveLength(QUERY_IDS.length * 2 * 2);
    expect(new Set(ematix.map(({ engine_label: label, executor, precision, storage_medium: medium, coverage_ok: covered }) => [label, executor, precision, medium, covered].join(' ')))).toEqual(new Set(['ematix-flow 1.0.0 process double local_copy true']));
  });

  it('shows what it gets wrong and cannot do, each by its status, and goes on', async () => {
    const { uri } = await dataset();
    const { rows } = await campaign(uri, { workers: '1', queries: 'Q4,Q6,Q10,Q12,Q14', runs: '2', timeout: '5s' }, ['reader-error@Q4', 'hang@Q10', 'wrong-q12@Q12', 'memory-error@Q14']);
    const cells = cellsOf(rows);
    expect([...cells].map(([name, { status }]) => [name, status])).toEqual(expect.arrayContaining([
      ['Q4 N=1', 'engine_error'], ['Q6 N=1', 'ok'], ['Q10 N=1', 'timeout'], ['Q12 N=1', 'wrong_answer'], ['Q14 N=1', 'out_of_memory'],
    ]));
    expect(cells.get('Q10 N=1')?.error).toContain('ematix-flow hung');
    expect(cells.get('Q12 N=1')).toMatchObject({ duration_ms: null, error: expect.stringContaining('answer:') as string });
  });

  it('refuses a dataset of decimals before anything runs', async () => {
    await expect(campaign(SAMPLE, { workers: '1', queries: 'Q6', runs: '2' })).rejects.toThrow(/decimal/);
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { addPlanCommand } from '../../workloads/cli/commands/plan.js';
import { planText, rangesText } from '../../workloads/coordinator/plan-text.js';
import { DatasetIndex } from '../../workloads/coordinator/dataset-index.js';
import { planQuery } from '../../workloads/coordinator/plan.js';
import { parseWorkUnit } from '../../workloads/model/work-unit.js';
import { shardPlan } from '../../workloads/tpch/shard-plans.js';
import { sketchManifest, sortedMonths } from './planned-manifest.js';

const dir = mkdtempSync(join(tmpdir(), 'flowbench-plan-'));
afterAll(() => { rmSync(dir, { recursive: true, force: true }); });

/** Runs `flowbench plan` in this process; answers what it printed. */
async function plan(...args: string[]): Promise<string> {
  const printed: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => { printed.push(String(text)); return true; });
  try {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
    addPlanCommand(program);
    await program.parseAsync(['plan', ...args], { from: 'user' });
  } finally {
    write.mockRestore();
  }
  return printed.join('');
}

describe('text of a plan', () => {
  it('says who reads what, and how evenly', () => {
    const index = new DatasetIndex(sketchManifest({ lineitem: sortedMonths(84), sorted: true }));
    const options = { runId: 'r', datasetUri: 'd', outputDir: 'o', spillDir: 's', threadsPerWorker: 1, memoryLimitBytes: 1e9, parquetMetadataCache: false };
    const text = planText(planQuery(shardPlan('Q18'), index, { workers: 2, assignment: 'balanced', seed: 0 }, options), 2);
    expect(text).toContain('Q18: lineitem is cut; 84 row groups, 0 pruned, 84 read by 2 of 2 workers.');
    expect(text).toContain('Balance: 100 % of the speed-up that bytes allow on 2 workers');
    expect(text).toMatch(/wu-Q18-1-1 │ +42 │ 42-83 +│ +4,200 │ +126\.0 kB │ +100 %/);
    expect(text).toContain('Stage 2: 2 work units, each merging one bucket of the stage before.');
  });

  it('writes row groups as ranges, cut when there are many', () => {
    expect(rangesText([0, 1, 2, 5, 8, 9])).toBe('0-2, 5, 8-9');
    expect(rangesText([])).toBe('');
    expect(rangesText(Array.from({ length: 20 }, (_, position) => position * 2))).toBe('0, 2, 4, 6, 8, 10, 12, 14, …');
  });
});

describe('flowbench plan', () => {
  it('plans over the sample data and writes units that a worker can read', async () => {
    const text = await plan('--query', 'q14', '--workers', '2', '--write', dir);
    expect(text).toContain('Q14: lineitem is cut;');
    const written = text.trim().split('\n').at(-1) ?? '';
    expect(basename(written)).toBe('wu-Q14-1-0.json');
    expect(parseWorkUnit(readFileSync(written, 'utf8'))).toMatchObject({ id: 'wu-Q14-1-0', query: { id: 'Q14' } });
    expect(existsSync(join(dir, 'partials'))).toBe(true);
  });

  it.each([
    [['--query', 'Q99'], 'Unknown query "Q99".'],
    [['--query', 'Q1', '--workers', '0'], '--workers is "0".'],
    [['--query', 'Q1', '--assignment', 'random'], '--assignment is "random".'],
    [['--query', 'Q1', '--dataset', 'no-such-folder'], 'There is no folder'],
    [[], "required option '--query <id>' not specified"],
  ])('ends with one sentence for %j', async (args, message) => {
    await expect(plan(...args)).rejects.toThrow(message);
  });
});

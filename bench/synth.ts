import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { medianOf } from '../workloads/results/statistics.js';
import { type Measurement } from './measurement.js';

const RUNS = 5;
const APPS = { stacks: join(__dirname, '..', 'stacks', 'main.js'), empty: join(__dirname, 'empty-app.js') } as const;
type AppName = keyof typeof APPS;

/**
 * `cdktf synth` of all eight stacks beside that of an empty app: what a person waits for, less the type check,
 * which is the same for both. A new process each and one in turn with the other, so that whatever else the
 * machine does hits both. The apps alone, without the command around them, are told beside it.
 */
export function measureSynth(scratchDir: string, log: (line: string) => void): Measurement {
  const command = inTurn((name) => runCommand(name, folderOf(scratchDir, name)));
  const app = inTurn((name) => timeOf(process.execPath, [APPS[name]], folderOf(scratchDir, name)));
  const shown = (ms: Record<AppName, number>): string => `eight stacks ${ms.stacks.toFixed(0)} ms, an empty app ${ms.empty.toFixed(0)} ms`;
  log(`cdktf synth: ${shown(command)}; the app alone: ${shown(app)} (medians of ${RUNS}, in turn)`);
  return {
    key: 'synth_over_empty_app', what: 'cdktf synth of the eight stacks ÷ of an empty app', unit: 'x',
    value: command.stacks / command.empty, limit: { kind: 'at_most', value: 1.5 },
  };
}

/** Medians; the first of each brings its files into the system's cache and is left out. */
function inTurn(run: (name: AppName) => number): Record<AppName, number> {
  const taken: Record<AppName, number[]> = { stacks: [], empty: [] };
  for (let count = 0; count <= RUNS; count += 1) {
    for (const name of ['empty', 'stacks'] as const) {
      const ms = run(name);
      if (count > 0) taken[name].push(ms);
    }
  }
  return { stacks: medianOf(taken.stacks) ?? Number.NaN, empty: medianOf(taken.empty) ?? Number.NaN };
}

function folderOf(scratchDir: string, name: AppName): string {
  const folder = join(scratchDir, `synth-${name}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

function runCommand(name: AppName, folder: string): number {
  const app = `"${process.execPath}" "${APPS[name]}"`;
  writeFileSync(join(folder, 'cdktf.json'), JSON.stringify({ language: 'typescript', app, projectId: name, sendCrashReports: 'false' }));
  const cdktf = join(dirname(require.resolve('cdktf-cli/package.json')), 'bundle', 'bin', 'cdktf');
  // The command would ask its maker for a newer version first.
  return timeOf('env', ['CHECKPOINT_DISABLE=1', 'CI=1', process.execPath, cdktf, 'synth'], folder);
}

/** @returns milliseconds from starting the process to its end */
function timeOf(program: string, args: readonly string[], cwd: string): number {
  const begin = performance.now();
  execFileSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  return performance.now() - begin;
}

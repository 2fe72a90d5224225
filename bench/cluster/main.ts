import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DEFAULT_JOB_LIMITS } from '../../workloads/kubernetes/jobs/limits.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { renderTable } from '../measurement.js';
import { PATIENT } from './many-pods.js';
import { type Found } from './measure.js';
import { type ControlPlaneSettings, TestClusterProcess } from './test-cluster-process.js';

const STOCK: ControlPlaneSettings = { jobBackoffMs: null, nodeGraceSeconds: null, lostNodeTolerationSeconds: null };
/** As the tests have it. */
const SHORTENED: ControlPlaneSettings = { jobBackoffMs: 500, nodeGraceSeconds: 15, lostNodeTolerationSeconds: 2 };
const NAMESPACE = 'flowbench-alpha';
/** An image of pods that have no process. */
const SIMULATED = 'simulated@sha256:' + '1'.repeat(64);
const SIMULATED_MS = 500;

/** Limits of the numbers that are judged. */
const MOST_OVERHEAD_MS = 300;
const MOST_MEMORY_MB = 300;
/** CPU time of 1 000 pods over that of 250: four where it grows linearly, with room for what is the same for any number. */
const MOST_GROWTH = 5;

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function measureWith(settings: ControlPlaneSettings): Promise<boolean> {
  const cluster = await TestClusterProcess.start(settings);
  try {
    await cluster.control('useOwnImages');
    await cluster.control('makePhase', NAMESPACE);
    await cluster.control('setImage', SIMULATED, { mounts: [], environment: {}, simulatedMs: SIMULATED_MS });
    const { kubeconfig, s3Environment, settings: described } = cluster.facts;
    const variables = Object.entries(s3Environment).map(([name, value]) => `${name}=${value}`);
    const { stdout } = await promisify(execFile)('env', [...variables, process.execPath, join(__dirname, 'measure.js'), kubeconfig, NAMESPACE, SIMULATED]);
    return show(JSON.parse(stdout) as Found, described);
  } finally {
    await cluster.stop();
  }
}

function show({ pods, processes, many }: Found, described: string): boolean {
  const control = pods.outsideMs - processes.outsideMs;
  const memoryMb = Math.max(...many.map(({ maxRssBytes }) => maxRssBytes)) / 1e6;
  const cpuOf = (count: number): number => many.find((one) => one.pods === count)?.cpuMs ?? Number.NaN;
  const growth = cpuOf(1_000) / cpuOf(250);
  const missed = many.filter((one) => one.collected !== one.pods).length;
  const judged: readonly (readonly [string, string, string, boolean])[] = [
    ['control overhead per unit, N = 4, median: pods less processes', `${control.toFixed(0)} ms`, `≤ ${MOST_OVERHEAD_MS} ms`, control <= MOST_OVERHEAD_MS],
    ['runs of many pods in which an end was missed', String(missed), '0', missed === 0],
    ['largest memory of the coordinator', `${memoryMb.toFixed(0)} MB`, `≤ ${MOST_MEMORY_MB} MB`, memoryMb <= MOST_MEMORY_MB],
    ['CPU time of 1 000 pods ÷ 250 pods', `${growth.toFixed(2)} ×`, `≤ ${MOST_GROWTH} ×`, growth <= MOST_GROWTH],
  ];
  log(`\n${described}`);
  log(renderTable(['Measured', 'Value', 'Limit', ''], judged.map(([what, value, limit, isWithin]) => [what, value, limit, isWithin ? 'ok' : 'MISSED'])));
  log(`Outside the worker, per unit: ${pods.outsideMs.toFixed(0)} ms as a pod, ${processes.outsideMs.toFixed(0)} ms as a process. A pod's way, ms from its query: ${pods.steps.map(([step, ms]) => `${step} ${ms.toFixed(0)}`).join(', ')}`);
  log(`Many pods are simulated (no process, 58 on a node, no anti-affinity), and a Job may be without pods for ${PATIENT.noPodsMs / 1_000} s instead of ${DEFAULT_JOB_LIMITS.noPodsMs / 1_000} s:`);
  log(renderTable(['Pods', 'Collected', 'CPU, ms', 'CPU a pod, ms', 'API calls', 'Wall, s', 'Max RSS, MB'], many.map((one) => [
    String(one.pods), String(one.collected), one.cpuMs.toFixed(0), (one.cpuMs / one.pods).toFixed(2), String(one.calls), (one.wallMs / 1_000).toFixed(1), (one.maxRssBytes / 1e6).toFixed(0),
  ])));
  return judged.every(([, , , isWithin]) => isWithin);
}

async function bench(): Promise<void> {
  const verdicts: boolean[] = [];
  for (const settings of [STOCK, SHORTENED]) verdicts.push(await measureWith(settings));
  process.exitCode = verdicts.every(Boolean) ? 0 : 1;
}

bench().catch((error: unknown) => {
  process.stderr.write(`bench:cluster: ${error instanceof FlowbenchError ? error.sentence : String(error)}\n`);
  process.exitCode = 2;
});

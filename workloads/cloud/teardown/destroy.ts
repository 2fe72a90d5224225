import { spawn } from 'node:child_process';
import { type StackName } from '../../model/physical-names.js';

export interface DestroyOutcome {
  readonly exitCode: number;
  /** The end of what it printed. */
  readonly tail: string;
}

const TAIL_CHARS = 20_000;

/** `cdktf destroy STACK`, its output passed on as it comes. Ends with the exit code, or 127 when it could not be started. */
export function cdktfDestroy(stack: StackName, more: readonly string[], sink: (text: string) => void): Promise<DestroyOutcome> {
  const child = spawn('npx', ['cdktf', ...destroyArguments(stack, more)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let tail = '';
  const take = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    tail = (tail + text).slice(-TAIL_CHARS);
    sink(text);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      resolve({ exitCode: 127, tail: error.message });
    });
    child.on('close', (code) => {
      resolve({ exitCode: code ?? 1, tail });
    });
  });
}

export const destroyArguments = (stack: StackName, more: readonly string[]): string[] => ['destroy', stack, '--auto-approve', ...more];

/** What Terraform says when it wants to talk to a cluster that is gone, or that takes it for nobody. */
const INSIDE_A_CLUSTER = /Kubernetes cluster unreachable|helm_release|kubernetes_\w+\./;
const OUT_OF_REACH = /unreachable|no such host|connection refused|i\/o timeout|Unauthorized|ResourceNotFoundException|No cluster found/i;

/** Whether a destroy hangs on charts and objects whose cluster cannot be talked to any more. */
export function isStuckInsideCluster(tail: string): boolean {
  return INSIDE_A_CLUSTER.test(tail) && OUT_OF_REACH.test(tail);
}

/** What a person does about it. Not done by a program: taking things out of a state is not undone by repeating. */
export function stateRemovalRunbook(stack: StackName): string {
  return [
    `Terraform cannot reach what is inside the cluster of ${stack}. It goes with the cluster, so take it out of the state and repeat:`,
    `  (cd cdktf.out/stacks/${stack} && terraform state list | grep -E '^(helm_release|kubernetes_)' | xargs -n 1 terraform state rm)`,
    `  npx flowbench teardown run --stack ${stack} --yes`,
  ].join('\n');
}

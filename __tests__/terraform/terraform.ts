import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCliConfiguration } from './provider-mirror.js';

export interface CommandResult {
  /** null: it was killed. */
  readonly exitCode: number | null;
  /** What it printed, both streams. */
  readonly output: string;
  readonly seconds: number;
}

/** How a plan ends: 0 nothing to do, 2 changes, 1 failed. */
export const PLAN = { empty: 0, failed: 1, changes: 2 } as const;

const NO_QUESTIONS = ['-input=false', '-no-color'] as const;
const COMMAND_TIMEOUT_MS = 10 * 60 * 1000;

/** The Terraform CLI of this machine, with providers from a mirror where there is one. */
export class Terraform {
  private constructor(readonly environment: NodeJS.ProcessEnv) {}

  /** Throws one line saying what is missing when there is no Terraform. */
  static async find(): Promise<Terraform> {
    const folder = await mkdtemp(join(tmpdir(), 'flowbench-terraform-'));
    const configuration = join(folder, 'cli.tfrc');
    await writeCliConfiguration(configuration);
    const environment = withoutCredentials({
      ...process.env,
      TF_CLI_CONFIG_FILE: configuration,
      TF_IN_AUTOMATION: '1',
      CHECKPOINT_DISABLE: '1',
    });
    const terraform = new Terraform(environment);
    const version = await terraform.run(folder, ['version']).catch((cause: unknown) => {
      throw new Error(`No Terraform CLI on the PATH: install terraform 1.5 or newer (${cause instanceof Error ? cause.message : String(cause)}).`);
    });
    if (version.exitCode !== 0) throw new Error(`The Terraform CLI does not run: ${lastLine(version.output)}`);
    return terraform;
  }

  /** Throws one line when the providers are neither in a mirror nor to be downloaded. */
  async init(folder: string): Promise<CommandResult> {
    const result = await this.run(folder, ['init', ...NO_QUESTIONS]);
    if (result.exitCode === 0) return result;
    throw new Error(`terraform init failed: the providers are neither in a mirror (FLOWBENCH_TERRAFORM_MIRROR names one) nor could they be downloaded, or the stack is no Terraform:\n${result.output}`);
  }

  validate(folder: string): Promise<CommandResult> {
    return this.run(folder, ['validate', '-no-color']);
  }

  /** Its exit code is one of {@link PLAN}. */
  plan(folder: string, options: readonly string[] = []): Promise<CommandResult> {
    return this.run(folder, ['plan', ...NO_QUESTIONS, '-detailed-exitcode', ...options]);
  }

  apply(folder: string, options: readonly string[] = []): Promise<CommandResult> {
    return this.run(folder, ['apply', ...NO_QUESTIONS, '-auto-approve', ...options]);
  }

  destroy(folder: string): Promise<CommandResult> {
    return this.run(folder, ['destroy', ...NO_QUESTIONS, '-auto-approve']);
  }

  run(folder: string, args: readonly string[]): Promise<CommandResult> {
    return runCommand('terraform', args, { folder, environment: this.environment });
  }
}

/** Runs a command to its end. Rejects only when it cannot be started. */
export function runCommand(command: string, args: readonly string[], where: { readonly folder: string; readonly environment: NodeJS.ProcessEnv }): Promise<CommandResult> {
  const begin = Date.now();
  const child = spawn(command, args, { cwd: where.folder, env: where.environment, stdio: ['ignore', 'pipe', 'pipe'], timeout: COMMAND_TIMEOUT_MS });
  let output = '';
  const collect = (chunk: Buffer): void => { output += chunk.toString('utf8'); };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const stopWithUs = (): void => void child.kill();
  process.once('exit', stopWithUs);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      process.off('exit', stopWithUs);
      resolve({ exitCode, output, seconds: (Date.now() - begin) / 1000 });
    });
  });
}

/** Nothing of the caller's AWS account must be reachable from here. */
function withoutCredentials(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_') || name === 'AWS_CA_BUNDLE'));
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

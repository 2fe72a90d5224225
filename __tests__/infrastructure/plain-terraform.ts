import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../terraform/terraform.js';
import { type SynthesizedStack } from './synth.js';

export interface TerraformRun {
  readonly exitCode: number | null;
  /** One line: messages as printed are wrapped to a width and framed. */
  readonly output: string;
}

/** The real Terraform CLI in a folder of its own, with a stack that needs no provider. */
export class PlainTerraform {
  private constructor(private readonly folder: string) {}

  /** @param edit the text of the stack, before Terraform reads it */
  static async of(stack: SynthesizedStack, edit = (text: string): string => text): Promise<PlainTerraform> {
    const folder = await mkdtemp(join(tmpdir(), 'flowbench-plain-terraform-'));
    // Without its backend the stack keeps its state in the folder.
    const withoutBackend = Object.fromEntries(Object.entries(stack.json).filter(([block]) => block !== 'terraform'));
    await writeFile(join(folder, 'main.tf.json'), edit(JSON.stringify(withoutBackend)));
    await writeFile(join(folder, 'cli.tfrc'), '');
    const made = new PlainTerraform(folder);
    const initialised = await made.run('init', '-input=false');
    if (initialised.exitCode !== 0) throw new Error(initialised.output);
    return made;
  }

  async run(command: string, ...options: readonly string[]): Promise<TerraformRun> {
    const environment = { ...process.env, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', TF_CLI_CONFIG_FILE: join(this.folder, 'cli.tfrc') };
    const { exitCode, output } = await runCommand('terraform', [command, '-no-color', ...options], { folder: this.folder, environment });
    return { exitCode, output: output.replace(/[\s│]+/g, ' ') };
  }

  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

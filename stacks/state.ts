import { LocalBackend, S3Backend, type TerraformStack } from 'cdktf';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';

/** From the folder of a synthesised stack, `cdktf.out/stacks/<stack>`, where Terraform runs, back to the project. */
const PROJECT_FOLDER = '../../..';

/**
 * Where Terraform keeps what it knows of a stack. A file of this folder by default: whoever loses it has to clean
 * up by tags (`flowbench teardown`), and nobody else can destroy the stack. The path is relative, so that a
 * synthesised stack is the same on every machine.
 */
export function keepState(stack: TerraformStack, id: string, config: BenchConfig): void {
  const { state, project } = config;
  if (state.backend === 'local') {
    new LocalBackend(stack, { path: `${PROJECT_FOLDER}/terraform.${id}.tfstate` });
    return;
  }
  new S3Backend(stack, { bucket: state.bucket, key: `${state.prefix}/${project}/${id}.tfstate`, region: state.region, encrypt: true });
}

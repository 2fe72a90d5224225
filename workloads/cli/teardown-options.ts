import { type CloudAccess, type Selection, type TeardownOptions } from '../cloud/index.js';
import { type BenchConfig } from '../model/bench-config/schema.js';
import { configurationError, FlowbenchError } from '../model/errors.js';
import { type StackName, STACKS } from '../model/physical-names.js';
import { readBenchConfig } from './bench-config-file.js';
import { accessIn } from './cloud.js';

/** The options of `flowbench teardown` as they were written. */
export interface TeardownFlags {
  readonly stack?: string;
  readonly all?: boolean;
  readonly project?: string;
  readonly region?: string;
  readonly kubernetes?: boolean;
  readonly costs?: boolean;
  readonly yes?: boolean;
}

interface Place {
  readonly access: CloudAccess;
  readonly project: string;
  readonly attachedTo: string | undefined;
}

/** Flags outweigh the configuration; with both of them given there need not be one. */
function placeOf({ project, region }: TeardownFlags): Place {
  const config: BenchConfig | undefined = project === undefined || region === undefined ? readBenchConfig(process.cwd()) : undefined;
  return {
    access: accessIn(region ?? config?.region ?? ''),
    project: project ?? config?.project ?? '',
    attachedTo: config?.cluster.attachTo,
  };
}

function stackOption(name: string | undefined): StackName | undefined {
  const stack = STACKS.find((known) => known === name);
  if (name !== undefined && stack === undefined) throw configurationError([`--stack "${name}" is no stack.`], `There are: ${STACKS.join(', ')}.`);
  return stack;
}

function bothGiven({ stack, all }: TeardownFlags): boolean {
  return stack !== undefined && all === true;
}

/** What `verify` counts. Without --stack and --all: every phase. */
export function selectionOf(flags: TeardownFlags): { readonly access: CloudAccess; readonly selection: Selection } {
  if (bothGiven(flags)) throw configurationError(['--stack and --all contradict each other.'], 'Give one of them.');
  const stack = stackOption(flags.stack);
  const { access, project } = placeOf(flags);
  return { access, selection: { project, ...(stack === undefined ? {} : { stack }), ...(flags.all === true ? { all: true } : {}) } };
}

/** What `plan` and `run` work on: one stack, or said so, all of them. */
export function teardownOptions(flags: TeardownFlags, cdktfArguments: readonly string[]): TeardownOptions {
  const stack = stackOption(flags.stack);
  if (bothGiven(flags) || (stack === undefined && flags.all !== true)) {
    throw configurationError(['Say what to take down: one stack, or all of them.'], 'Give either --stack alpha-stack or --all.');
  }
  const { access, project, attachedTo } = placeOf(flags);
  return {
    access,
    project,
    ...(stack === undefined ? {} : { stack }),
    ...(attachedTo === undefined ? {} : { attachedTo }),
    skipKubernetes: flags.kubernetes === false,
    askCosts: flags.costs !== false,
    cdktfArguments,
    tell: (line) => void process.stdout.write(`${line}\n`),
    sink: (text) => void process.stderr.write(text),
  };
}

/** @throws FlowbenchError without `--yes` */
export function confirmed({ yes, stack }: TeardownFlags): void {
  if (yes === true) return;
  const what = stack === undefined ? '--all' : `--stack ${stack}`;
  throw new FlowbenchError('configuration', 'teardown run deletes what was deployed, and was not told --yes.', { remedy: `Look first with "flowbench teardown plan ${what}".` });
}

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemErrorCode } from '../../dataset/node-errors.js';
import { DEFAULT_PROFILE, PERSONAL_FILE, PROFILE_VARIABLE } from '../../model/bench-config/profiles.js';
import { type BenchConfig, type BenchConfigInput } from '../../model/bench-config/schema.js';
import { configurationError, FlowbenchError, messageOf } from '../../model/errors.js';
import { checkComposed, type ConfigFiles, readConfigFiles } from '../bench-config-file.js';

/** As commander gives them. */
export interface InitOptions {
  readonly owner?: string;
  readonly region?: string;
  readonly cidr?: string;
  readonly allowAnyCidr?: boolean;
  readonly profile: string;
  readonly force?: boolean;
}

const HOW_TO_FIND_THE_ADDRESS = 'Nothing here asks the internet for it: "curl -s checkip.amazonaws.com" prints it. Give it as --cidr <address>/32.';

/** Writes the personal configuration of the current folder and says what comes next. */
export async function runInit(options: InitOptions): Promise<void> {
  const folder = process.cwd();
  const files = readConfigFiles(folder, { ignorePersonal: options.force === true });
  const input = personalConfig(options, options.owner ?? (await gitEmail(folder)));
  const config = checkedWith(input, files, options.profile);
  writeNew(join(folder, PERSONAL_FILE), `${JSON.stringify(input, null, 2)}\n`, options.force === true);
  process.stdout.write(whatNow(config, options.profile));
}

/** What the options say, and nothing that has a default. */
export function personalConfig(options: InitOptions, owner: string | undefined): BenchConfigInput {
  if (owner === undefined || options.cidr === undefined) {
    const missing = [
      ...(owner === undefined ? ['--owner is missing, and git has no user.email to take instead.'] : []),
      ...(options.cidr === undefined ? ['--cidr is missing: the addresses that may reach the clusters.'] : []),
    ];
    throw configurationError(missing, options.cidr === undefined ? HOW_TO_FIND_THE_ADDRESS : 'Give it as --owner you@example.org.');
  }
  return {
    owner,
    ...(options.region === undefined ? {} : { region: options.region }),
    adminCidrs: options.cidr.split(',').map((cidr) => cidr.trim()),
    ...(options.allowAnyCidr === true ? { allowAnyCidr: true } : {}),
  };
}

function checkedWith(input: BenchConfigInput, files: ConfigFiles, profile: string): BenchConfig {
  const checked = checkComposed({ ...files, personal: input }, profile);
  if ('problems' in checked) throw configurationError(checked.problems, 'Nothing was written.');
  return checked.config;
}

/** Exclusively, so that a file is never replaced by accident. */
function writeNew(path: string, text: string, force: boolean): void {
  try {
    writeFileSync(path, text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') {
      throw new FlowbenchError('configuration', `${path} is there already and was left as it is.`, { remedy: 'Edit it, or replace it with --force.' });
    }
    throw new FlowbenchError('configuration', `${path} cannot be written: ${messageOf(error)}.`);
  }
}

async function gitEmail(folder: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['config', 'user.email'], { cwd: folder });
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}

export function whatNow(config: BenchConfig, profile: string): string {
  const { owner, region, adminCidrs = [], state, lifetimeHours } = config;
  const kept = state.backend === 'local'
    ? 'The state of Terraform is kept in files of this folder (terraform.<stack>.tfstate): who loses them cannot destroy with cdktf any more, only with "flowbench teardown". For a team, set "state" to {"backend": "s3", …}.'
    : `The state of Terraform is kept in the bucket ${state.bucket} in ${state.region}, which must exist.`;
  const prefix = profile === DEFAULT_PROFILE ? '' : `${PROFILE_VARIABLE}=${profile} `;
  return [
    `Wrote ${PERSONAL_FILE} (keep it out of version control): owner ${owner ?? ''}, region ${region}, reachable from ${adminCidrs.join(', ')}.`,
    `A phase that is deployed may live ${lifetimeHours.phase} hours.`,
    kept,
    'Next:',
    `  ${prefix}flowbench doctor --aws`,
    `  ${prefix}cdktf deploy images-stack datagen-stack results-stack guardrails-stack`,
    '',
  ].join('\n');
}

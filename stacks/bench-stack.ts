import { DataAwsCallerIdentity } from '@cdktf/provider-aws/lib/data-aws-caller-identity';
import { AwsProvider } from '@cdktf/provider-aws/lib/provider';
import { TimeProvider } from '@cdktf/provider-time/lib/provider';
import { Fn, Op, TerraformOutput, TerraformStack } from 'cdktf';
import { type Construct } from 'constructs';
import { BenchTags, DeployChecks } from '../constructs/index.js';
import { TERRAFORM } from '../images/versions.js';
import { missingForDeploy } from '../workloads/model/bench-config/missing.js';
import { type BenchConfig } from '../workloads/model/bench-config/schema.js';
import { type Place, RETAINED_STACKS, type StackName } from '../workloads/model/physical-names.js';
import { hourlyCost } from './cost.js';
import { keepState } from './state.js';

/** Stands in the tags of a configuration without owner, which is synthesised and destroyed, but not deployed. */
const NOBODY = 'nobody';

/**
 * What all eight stacks share: where the state is, the providers, the tags on everything, and what must hold at
 * a deploy. A stack knows the others by the names of what they make, never by a reference, so that each is
 * deployed and destroyed alone.
 */
export abstract class BenchStack extends TerraformStack {
  protected readonly checks: DeployChecks;
  /** Project, account and region, from which physical names are made. */
  protected readonly place: Place;

  constructor(scope: Construct, id: StackName, protected readonly config: BenchConfig) {
    super(scope, id);
    const isRetained = (RETAINED_STACKS as readonly string[]).includes(id);
    this.addOverride('terraform.required_version', TERRAFORM.cli);
    keepState(this, id, config);
    new AwsProvider(this, 'Aws', { region: config.region });
    new TimeProvider(this, 'Time');
    this.place = { project: config.project, region: config.region, accountId: new DataAwsCallerIdentity(this, 'Caller').accountId };
    const tags = new BenchTags(this, 'Tags', {
      project: config.project,
      owner: config.owner ?? NOBODY,
      lifecycle: isRetained ? 'retained' : 'ephemeral',
      maxLifetimeHours: isRetained ? config.lifetimeHours.retained : config.lifetimeHours.phase,
    });
    this.checks = new DeployChecks(this, 'Checks');
    this.requireWhatIsMissing();
    this.checkLifetime(id, tags.expiresAt, isRetained);
    this.say('usd_per_hour', hourlyCost(id, config).usdPerHour, 'List price of an hour, of the machines and the control plane.');
  }

  /** An output of the stack, under exactly this name. */
  protected say(name: string, value: unknown, description: string): void {
    new TerraformOutput(this, name, { value, description, staticId: true });
  }

  private requireWhatIsMissing(): void {
    for (const [index, sentence] of missingForDeploy(this.config).entries()) this.checks.require(`Missing${index}`, 'false', sentence);
  }

  /** What is retained is never deleted for its age, so a date that passed is only told. */
  private checkLifetime(id: StackName, expiresAt: string, isRetained: boolean): void {
    const isBefore = Op.eq(Fn.timecmp(Fn.plantimestamp(), expiresAt), -1);
    const sentence = `${id} has outlived its MaxLifetimeHours (see its tag ExpiresAt).`;
    if (isRetained) this.checks.warn('Lifetime', isBefore, `${sentence} Nothing deletes what is retained; destroy it when it is not needed any more.`);
    else this.checks.require('Lifetime', isBefore, `${sentence} The janitor may delete it at any moment: run "cdktf destroy ${id}", then deploy again.`);
  }
}

import { DescribeInstancesCommand, type EC2Client, type Instance, RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { FlowbenchError, messageOf } from '../../model/errors.js';
import { GENERATOR_DISK, MACHINE_TAGS } from '../../model/generator-size.js';
import { type Machine, type MachineRequest, type Machines, type StartOutcome } from './machines.js';

const TAGGED = ['instance', 'volume', 'network-interface'] as const;

/** Machines of EC2, started from the launch template that the datagen-stack made. */
export class Ec2Machines implements Machines {
  constructor(
    private readonly client: EC2Client,
    private readonly launchTemplateName: string,
  ) {}

  async withTokens(tokens: readonly string[]): Promise<readonly Machine[]> {
    const answer = await this.client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'tag-key', Values: [MACHINE_TAGS.scaleFactor] }] }));
    return (answer.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []).map(asMachine).filter((machine) => tokens.includes(machine.token));
  }

  async start(request: MachineRequest): Promise<StartOutcome> {
    try {
      const answer = await this.client.send(new RunInstancesCommand(runRequest(this.launchTemplateName, request)));
      const [instance] = answer.Instances ?? [];
      if (instance === undefined) throw new FlowbenchError('internal', 'EC2 started no machine and gave no reason.');
      return { kind: 'started', machine: asMachine(instance) };
    } catch (error) {
      if (error instanceof FlowbenchError) throw error;
      return outcomeOf(error, this.launchTemplateName);
    }
  }

  async stateOf(id: string): Promise<Machine['state']> {
    try {
      const answer = await this.client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      const instance = answer.Reservations?.[0]?.Instances?.[0];
      return instance === undefined ? 'gone' : asMachine(instance).state;
    } catch (error) {
      // Shown late after its start as well as forgotten after its end; whoever follows it tells the two apart by its log.
      if (nameOf(error) === 'InvalidInstanceID.NotFound') return 'gone';
      throw error;
    }
  }
}

function runRequest(launchTemplateName: string, { token, size, tags }: MachineRequest): RunInstancesCommandInput {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return {
    LaunchTemplate: { LaunchTemplateName: launchTemplateName, Version: '$Latest' },
    MinCount: 1,
    MaxCount: 1,
    ClientToken: token,
    InstanceType: size.instanceType as NonNullable<RunInstancesCommandInput['InstanceType']>,
    BlockDeviceMappings: [{
      DeviceName: GENERATOR_DISK.device,
      Ebs: { VolumeSize: size.diskGib, VolumeType: GENERATOR_DISK.volumeType, Throughput: GENERATOR_DISK.throughputMibPerS, Encrypted: true, DeleteOnTermination: true },
    }],
    TagSpecifications: TAGGED.map((ResourceType) => ({ ResourceType, Tags })),
  };
}

function asMachine(instance: Instance): Machine {
  const state = instance.State?.Name;
  return { id: instance.InstanceId ?? '', token: instance.ClientToken ?? '', state: state === 'pending' || state === 'running' ? 'alive' : 'gone' };
}

function outcomeOf(error: unknown, launchTemplateName: string): StartOutcome {
  switch (nameOf(error)) {
    case 'IdempotentInstanceTerminated':
      return { kind: 'spent' };
    case 'IdempotentParameterMismatch':
      return { kind: 'taken' };
    case 'InvalidLaunchTemplateName.NotFoundException':
      throw new FlowbenchError('configuration', `There is no launch template ${launchTemplateName}.`, { remedy: 'Deploy it first: cdktf deploy datagen-stack.', cause: error });
    default:
      throw new FlowbenchError('configuration', `EC2 started no machine: ${messageOf(error)}.`, { cause: error });
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

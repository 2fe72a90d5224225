import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CodeBuildBuilding } from '../../workloads/cloud/images/codebuild-building.js';
import { type BuildJob } from '../../workloads/cloud/images/publish.js';

/** Stands for AWS as far as a build goes: who asks, the archive, the build and how it ended. */
class StandIn {
  readonly started: Record<string, unknown>[] = [];
  private readonly server: Server = createServer((request, response) => {
    void this.answer(request).then((body) => response.end(body));
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage): Promise<string> {
    const body = await text(request);
    const target = String(request.headers['x-amz-target']).split('.').at(-1);
    if (target === 'StartBuild') {
      this.started.push(JSON.parse(body) as Record<string, unknown>);
      return JSON.stringify({ build: { id: 'b-1' } });
    }
    if (target === 'BatchGetBuilds') return JSON.stringify({ builds: [{ id: 'b-1', buildStatus: 'SUCCEEDED' }] });
    return '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';
  }
}

const standIn = new StandIn();
const before = process.env;
let building: CodeBuildBuilding;

beforeAll(async () => {
  process.env = { ...before, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  building = new CodeBuildBuilding({ region: 'us-east-2', endpoint: await standIn.listen() }, 'bench', () => undefined, 1);
});

afterAll(async () => {
  process.env = before;
  await standIn.close();
});

describe('building with CodeBuild', () => {
  const job: BuildJob = { image: 'flow-worker', repositoryUrl: 'registry.example/bench-flow-worker', tag: 'a-b', platforms: ['linux/amd64'], mostMinutes: null, source: new Map([['Dockerfile', Buffer.from('FROM x')]]) };

  it('lets a build take what its project says, and longer where it is known to take longer', async () => {
    await building.build(job);
    await building.build({ ...job, mostMinutes: 180 });
    expect(standIn.started.map(({ timeoutInMinutesOverride }) => timeoutInMinutesOverride)).toEqual([undefined, 180]);
    expect(standIn.started[0]).toMatchObject({ projectName: 'bench-images', sourceTypeOverride: 'S3', sourceLocationOverride: expect.stringMatching(/123456789012.*\/images\/flow-worker-a-b\.zip$/) as string });
  }, 30_000);

  it('refuses another platform than it builds for', async () => {
    await expect(building.build({ ...job, platforms: ['linux/arm64'] })).rejects.toThrow(/CodeBuild builds for linux\/amd64 here, and linux\/arm64 is wanted/);
  });
});

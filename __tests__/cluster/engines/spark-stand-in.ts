import * as z from 'zod';
import { type KubeHttp, MERGE } from '../harness/kube-http.js';
import { type Pod } from '../harness/kube-types.js';
import { podsPath } from '../harness/objects.js';

const LOOK_EVERY_MS = 150;
const PATH = '/apis/sparkoperator.k8s.io/v1beta2/namespaces';

const templateSchema = z.looseObject({
  metadata: z.strictObject({ annotations: z.record(z.string(), z.string()).optional() }).optional(),
  spec: z.looseObject({ containers: z.tuple([z.looseObject({ name: z.string(), volumeMounts: z.array(z.unknown()) })]), volumes: z.array(z.unknown()) }),
});
const sizeSchema = { cores: z.int().positive(), coreRequest: z.string(), memory: z.string().regex(/^\d+[mg]$/), serviceAccount: z.literal('spark'), template: templateSchema };

/** Every field of a SparkApplication that we set, and no other: what the real operator takes is in its definition. */
const specSchema = z.strictObject({
  type: z.literal('Python'), mode: z.literal('cluster'), sparkVersion: z.string(), image: z.string(), imagePullPolicy: z.literal('IfNotPresent'),
  mainApplicationFile: z.string().regex(/^local:\/\/\//), arguments: z.array(z.string()), sparkConf: z.record(z.string(), z.string()),
  restartPolicy: z.strictObject({ type: z.literal('Never') }), timeToLiveSeconds: z.int().positive(),
  driver: z.strictObject({ ...sizeSchema, memoryOverhead: z.string() }),
  executor: z.strictObject({ ...sizeSchema, memoryOverhead: z.string().optional(), instances: z.int().positive(), deleteOnTermination: z.literal(false) }),
});
type Spec = z.infer<typeof specSchema>;

interface Application {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Record<string, string>; readonly deletionTimestamp?: string };
  readonly spec: unknown;
  readonly status?: { readonly applicationState?: { readonly state?: string }; readonly terminationTime?: string };
}

/**
 * Stands in for the Spark operator: it is not the operator. It takes up SparkApplications of one namespace, makes
 * the pods of driver and executors from their templates, as Spark would, and walks the status through the states
 * that the operator has, in the operator's words. The driver's pod runs PySpark for real, but as `local[N]`: the
 * executors' pods get their nodes and do nothing there.
 */
export class SparkStandIn {
  /** Words with which the next submissions fail. */
  readonly failures: string[] = [];
  /** How long it keeps an application that is over, ms; null for as long as that says itself. */
  keepsMs: number | null = null;
  /** States of each application, in the order they came. */
  readonly states = new Map<string, string[]>();
  private timer: NodeJS.Timeout | null = null;
  private isBusy = false;

  /** @param command how the driver's container starts: the arguments of spark-submit follow */
  constructor(private readonly api: KubeHttp, private readonly namespace: string, private readonly command: readonly string[], private readonly sparkConf: Readonly<Record<string, string>>) {}

  start(): void {
    this.timer = setInterval(() => { void this.look(); }, LOOK_EVERY_MS);
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      const { items } = await this.api.ok<{ items: Application[] }>('GET', this.path());
      for (const application of items) if (application.metadata.deletionTimestamp === undefined) await this.sync(application);
    } catch {
      // What it asked for is gone, or the server is away: it looks again.
    } finally {
      this.isBusy = false;
    }
  }

  private async sync(application: Application): Promise<void> {
    const state = application.status?.applicationState?.state ?? '';
    switch (state) {
      case '':
        return this.submit(application);
      case 'SUBMITTED':
      case 'RUNNING':
        return this.follow(application, state);
      case 'COMPLETED':
      case 'FAILED':
        return this.expire(application);
      default:
    }
  }

  private async submit(application: Application): Promise<void> {
    const parsed = specSchema.safeParse(application.spec);
    const failure = parsed.success ? this.failures.shift() : `failed to run spark-submit: ${parsed.error.message}`;
    if (failure !== undefined || !parsed.success) return this.tell(application, 'SUBMISSION_FAILED', { errorMessage: failure });
    await this.make(application, this.driverPod(application, parsed.data));
    return this.tell(application, 'SUBMITTED');
  }

  private async follow(application: Application, state: string): Promise<void> {
    const driver = await this.api.find<Pod>(podsPath(this.namespace, `${application.metadata.name}-driver`));
    if (driver === null) return this.tell(application, 'FAILED', { errorMessage: 'driver pod not found', isOver: true });
    const phase = driver.status?.phase;
    if (phase === 'Running' && state === 'SUBMITTED') {
      const spec = specSchema.parse(application.spec);
      for (let index = 1; index <= spec.executor.instances; index += 1) await this.make(application, this.executorPod(application, spec, index));
      return this.tell(application, 'RUNNING');
    }
    if (phase === 'Succeeded') return this.tell(application, 'COMPLETED', { isOver: true });
    if (phase !== 'Failed') return;
    const { exitCode, reason } = driver.status?.containerStatuses?.[0]?.state?.terminated ?? {};
    return this.tell(application, 'FAILED', { errorMessage: `driver container failed with ExitCode: ${exitCode ?? 0}, Reason: ${reason ?? ''}`, isOver: true });
  }

  private async expire({ metadata: { name }, spec, status }: Application): Promise<void> {
    const { timeToLiveSeconds } = specSchema.parse(spec);
    if (Date.now() - Date.parse(status?.terminationTime ?? '') >= (this.keepsMs ?? timeToLiveSeconds * 1_000)) await this.api.ok('DELETE', this.path(name));
  }

  private async tell({ metadata: { name } }: Application, state: string, more: { readonly errorMessage?: string | undefined; readonly isOver?: boolean } = {}): Promise<void> {
    this.states.set(name, [...(this.states.get(name) ?? []), state]);
    const status = {
      driverInfo: { podName: `${name}-driver` },
      applicationState: { state, ...(more.errorMessage === undefined ? {} : { errorMessage: more.errorMessage }) },
      ...(more.isOver === true ? { terminationTime: new Date().toISOString() } : {}),
    };
    await this.api.ok('PATCH', `${this.path(name)}/status`, { body: { status }, contentType: MERGE });
  }

  private async make({ metadata }: Application, pod: object): Promise<void> {
    const owner = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', name: metadata.name, uid: metadata.uid, controller: true };
    const made = pod as { metadata: object };
    await this.api.ok('POST', podsPath(this.namespace), { body: { ...made, metadata: { ...made.metadata, ownerReferences: [owner] } } });
  }

  private driverPod({ metadata }: Application, spec: Spec): object {
    const { driver, executor } = spec;
    const threads = executor.cores * executor.instances;
    const conf = { ...spec.sparkConf, ...this.sparkConf, 'spark.master': `local[${threads}]`, 'spark.driver.memory': `${mib(executor.memory) * executor.instances}m` };
    const submit = [...Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]), spec.mainApplicationFile.replace('local://', ''), ...spec.arguments];
    const container = { ...driver.template.spec.containers[0], image: spec.image, command: this.command, args: submit, resources: resources(driver) };
    return {
      apiVersion: 'v1', kind: 'Pod',
      metadata: { name: `${metadata.name}-driver`, annotations: driver.template.metadata?.annotations ?? {}, labels: labelsOf(metadata, 'driver') },
      spec: { ...driver.template.spec, restartPolicy: 'Never', serviceAccountName: driver.serviceAccount, containers: [container] },
    };
  }

  private executorPod({ metadata }: Application, spec: Spec, index: number): object {
    const { executor } = spec;
    const container = { ...executor.template.spec.containers[0], image: spec.image, command: ['sleep', '3600'], resources: resources(executor) };
    return {
      apiVersion: 'v1', kind: 'Pod',
      metadata: { name: `${metadata.name}-exec-${index}`, labels: labelsOf(metadata, 'executor') },
      spec: { ...executor.template.spec, restartPolicy: 'Never', terminationGracePeriodSeconds: 1, serviceAccountName: executor.serviceAccount, containers: [container] },
    };
  }

  private path(name = ''): string {
    return `${PATH}/${this.namespace}/sparkapplications${name === '' ? '' : `/${name}`}`;
  }
}

function labelsOf({ name, labels }: Application['metadata'], role: 'driver' | 'executor'): Record<string, string> {
  return { ...labels, 'spark-role': role, 'sparkoperator.k8s.io/app-name': name };
}

/** As Spark asks: heap and what is beside it, as request and as limit. */
function resources({ coreRequest, memory, memoryOverhead }: { readonly coreRequest: string; readonly memory: string; readonly memoryOverhead?: string | undefined }): object {
  const heapMib = mib(memory);
  const whole = `${heapMib + (memoryOverhead === undefined ? Math.max(384, Math.floor(heapMib * 0.4)) : mib(memoryOverhead))}Mi`;
  return { requests: { cpu: coreRequest, memory: whole }, limits: { memory: whole } };
}

const mib = (text: string): number => Number(text.slice(0, -1)) * (text.endsWith('g') ? 1_024 : 1);

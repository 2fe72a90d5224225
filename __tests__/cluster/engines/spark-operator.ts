import { join } from 'node:path';
import { CHARTS } from '../../../images/versions.js';
import { cacheFolder } from '../../../workloads/cli/cache-folder.js';
import { type SparkHome } from '../../../workloads/engines/install/homes.js';
import { reservedPort } from '../../fixtures/reserved-port.js';
import { helmProgram, renderChart, sparkOperatorChart } from '../../engines-charts/real-chart.js';
import { sparkOperatorModule } from '../../fixtures/spark-operator-module.js';
import { goProgram } from '../control-plane/go-program.js';
import { type Pod } from '../harness/kube-types.js';
import { eventually, type KubeManifest, manifestPath, podsPath } from '../harness/objects.js';
import { phaseReleases, type PhaseWish } from '../harness/phase-manifests.js';
import { type TestCluster } from '../harness/test-cluster.js';
import { type ProcessImage } from '../process-kubelet/images.js';
import { installSparkKinds } from './crds.js';
import { sparkImage } from './spark-image.js';

/** What of the chart is made: who the operator and drivers are, and what they may. */
const RIGHTS: ReadonlySet<string> = new Set(['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding']);
const CONTROLLER = 'spark-operator-controller';
const PROGRAM = '/opt/spark-operator';
const ENTRYPOINT = '/opt/spark-entrypoint.sh';
/** User of the operator's image and of Spark's. */
const SPARK_USER = 185;
const READY_WITHIN_MS = 60_000;

/** Where the operator runs that {@link deploySparkOperator} made. */
export interface DeployedOperator {
  readonly namespace: string;
  readonly pod: string;
}

/**
 * The operator's own program, built from its Go module by the sums that this brings: a minute and a half and a
 * download of 65 MB without Go's caches.
 */
function operatorProgram(): Promise<string> {
  return goProgram({
    file: `spark-operator-${CHARTS.sparkOperator.version}`, what: 'the Spark operator', module: sparkOperatorModule, package: './cmd/operator',
    environment: { GOMODCACHE: join(cacheFolder(), 'go-modules'), GOFLAGS: '-modcacherw' },
  }, (line) => { process.stderr.write(`${line}\n`); });
}

/**
 * The operator of Spark, the real one, with the arguments, the account and the rights that the chart gives it with
 * β's values, and PySpark's spark-submit instead of its image's. Its pod is made by hand from the Deployment's
 * template, as no pod is restarted here; its webhook is left out, which has nothing to add to our pods.
 */
export async function deploySparkOperator(cluster: TestCluster, phase: string, wish: PhaseWish, home: SparkHome): Promise<DeployedOperator> {
  const [program] = await Promise.all([operatorProgram(), installSparkKinds(cluster.api)]);
  const manifests = await chartFor(phase, wish);
  for (const manifest of manifests.filter(({ kind }) => RIGHTS.has(kind))) await cluster.api.ok('POST', manifestPath(manifest), { body: manifest });
  const deployment = manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === CONTROLLER) as KubeManifest & { readonly spec: { readonly template: Pod } };
  const port = await reservedPort();
  const pod = controllerPod(deployment.spec.template, port);
  await cluster.controls.setImage(pod.spec?.containers[0]?.image ?? '', operatorImage(home, program));
  const namespace = deployment.metadata.namespace ?? '';
  await cluster.api.ok('POST', podsPath(namespace), { body: pod });
  await eventually('an operator that is ready', () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok, () => false), READY_WITHIN_MS);
  return { namespace, pod: CONTROLLER };
}

async function chartFor(phase: string, wish: PhaseWish): Promise<readonly KubeManifest[]> {
  const [helm, chart] = await Promise.all([helmProgram(), sparkOperatorChart()]);
  const [release] = phaseReleases(phase, wish);
  if (release === undefined) throw new Error(`phase ${wish.phase} releases no chart`);
  const { name, namespace, values } = release;
  // What the chart leaves without a namespace goes to that of the release.
  return (await renderChart(helm, chart, name, namespace, values)).map((manifest) => ({ ...manifest, metadata: { namespace, ...manifest.metadata } }) as unknown as KubeManifest);
}

function controllerPod({ metadata, spec }: Pod, port: number): Pod {
  const [container] = spec?.containers ?? [];
  if (spec === undefined || container === undefined) throw new Error('the chart gives the controller no container');
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { ...metadata, name: CONTROLLER },
    spec: {
      ...spec,
      restartPolicy: 'Never', terminationGracePeriodSeconds: 1,
      securityContext: { ...spec.securityContext, runAsUser: SPARK_USER, runAsGroup: SPARK_USER },
      containers: [{ ...container, args: [...(container.args ?? []), `--health-probe-bind-address=127.0.0.1:${port}`] }],
    },
  };
}

function operatorImage(home: SparkHome, program: string): ProcessImage {
  const { mounts, environment } = sparkImage(home);
  return { mounts: [...mounts, { from: program, at: PROGRAM, writable: false }], environment, entrypoint: [PROGRAM], workingDir: '/tmp' };
}

/** The image of drivers and executors, with an entry point, as pods have it that Spark makes. */
export function sparkPodImage(home: SparkHome): ProcessImage {
  const { mounts, environment } = sparkImage(home);
  return {
    mounts: [...mounts, { from: join(__dirname, 'spark-entrypoint.sh'), at: ENTRYPOINT, writable: false }],
    environment: { ...environment, SPARK_DIST_CLASSPATH: home.s3Jars.join(':') },
    entrypoint: ['sh', ENTRYPOINT],
    workingDir: '/tmp',
  };
}

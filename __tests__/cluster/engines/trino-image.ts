import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TrinoHome } from '../../../workloads/engines/install/homes.js';
import { type ProcessImage } from '../process-kubelet/images.js';
import { SHORT_LIVED_JVM } from './short-lived-jvm.js';

/** Where a pod has its configuration, each part a mount of its own: the image's own place is the machine's here. */
export const TRINO_PLACES = { etc: '/trino/etc', catalog: '/trino/catalog', data: '/trino/data' } as const;

/** As the image's own launcher: the Java of the image, what jvm.config says, and the server. All pods have the machine's one address. */
const RUN = `exec "$JAVA_HOME/bin/java" -cp "$TRINO_HOME/lib/*" $(cat ${TRINO_PLACES.etc}/jvm.config) \\
  -Dnode.environment=flowbench "-Dnode.id=$HOSTNAME" -Dnode.data-dir=${TRINO_PLACES.data} -Dnode.bind-ip=127.0.0.1 -Dnode.internal-address=127.0.0.1 \\
  "-Dplugin.dir=$TRINO_HOME/plugin" -Dconfig=${TRINO_PLACES.etc}/config.properties -Dcatalog.config-dir=${TRINO_PLACES.catalog} io.trino.server.TrinoServer
`;

/** The installed Trino as what stands for its image. */
export function trinoImage({ home, javaHome }: TrinoHome): ProcessImage {
  const folder = join(mkdtempSync(join(tmpdir(), 'flowbench-trino-image-')), 'bin');
  mkdirSync(folder);
  writeFileSync(join(folder, 'run-trino'), RUN);
  // Programs of the base system are there anyway.
  const programs = [home, javaHome].filter((place) => !place.startsWith('/usr/'));
  return {
    mounts: [...programs.map((place) => ({ from: place, at: place, writable: false })), { from: folder, at: '/image', writable: false }],
    environment: { ...SHORT_LIVED_JVM, HOME: '/tmp', JAVA_HOME: javaHome, TRINO_HOME: home, LANG: 'C.UTF-8', TZ: 'UTC' },
    entrypoint: ['sh', '/image/run-trino'],
    workingDir: '/tmp',
  };
}

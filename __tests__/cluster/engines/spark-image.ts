import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type SparkHome } from '../../../workloads/engines/install/homes.js';
import { type ProcessImage } from '../process-kubelet/images.js';
import { type Mount } from '../process-kubelet/sandbox.js';
import { SHORT_LIVED_JVM } from './short-lived-jvm.js';

const IMAGES = join(__dirname, '..', '..', '..', 'images');
/** Spark asks the system who it runs as, and this machine does not know the user of its image. */
const PASSWD = 'root:x:0:0:root:/root:/bin/sh\nspark:x:185:185:spark:/tmp:/bin/sh\n';

/** The installed PySpark as what stands for the Spark image: the driver program where the image has it. */
export function sparkImage(home: SparkHome): ProcessImage {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-spark-image-'));
  mkdirSync(join(folder, 'flowbench'));
  copyFileSync(join(IMAGES, 'spark', 'driver.py'), join(folder, 'flowbench', 'driver.py'));
  for (const name of readdirSync(join(IMAGES, 'driver')).filter((file) => file.endsWith('.py'))) copyFileSync(join(IMAGES, 'driver', name), join(folder, 'flowbench', name));
  writeFileSync(join(folder, 'passwd'), PASSWD);
  return {
    mounts: [
      ...foldersOf(home).map((place): Mount => ({ from: place, at: place, writable: false })),
      { from: join(folder, 'flowbench'), at: '/opt/flowbench', writable: false },
      { from: join(folder, 'passwd'), at: '/etc/passwd', writable: false },
    ],
    environment: {
      ...SHORT_LIVED_JVM,
      HOME: '/tmp', JAVA_HOME: home.javaHome, SPARK_HOME: home.sparkHome, PYSPARK_PYTHON: home.python, PYSPARK_DRIVER_PYTHON: home.python,
      SPARK_LOCAL_IP: '127.0.0.1', PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1',
    },
    workingDir: '/tmp',
  };
}

/** What a Spark of this machine has to be told beside what it would have in its image. */
export function sparkHere(home: SparkHome): Record<string, string> {
  return {
    'spark.jars': home.s3Jars.join(','), 'spark.driver.host': '127.0.0.1', 'spark.driver.bindAddress': '127.0.0.1', 'spark.local.dir': '/tmp',
    // Where it goes in a bucket, a role is needed that only AWS gives.
    'spark.eventLog.dir': 'file:/tmp',
  };
}

/** The folder of the installation, which holds all of it. */
function foldersOf({ python, sparkHome, javaHome, s3Jars }: SparkHome): string[] {
  // An environment of Python leads to the Python that it was made with.
  const all = [dirname(dirname(python)), dirname(dirname(realpathSync(python))), sparkHome, javaHome, ...s3Jars.map((jar) => dirname(jar))].filter((place) => !place.startsWith('/usr/'));
  return [...new Set(all)].filter((place) => !all.some((other) => other !== place && place.startsWith(`${other}/`)));
}

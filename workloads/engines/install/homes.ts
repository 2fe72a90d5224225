/**
 * Where installed engines are, as `flowbench engines install` left them and the runners use them. A home is
 * only ever given out when its installation was complete and is that of the pinned versions.
 */

/** PySpark in a private Python environment, with a Java 17. */
export interface SparkHome {
  readonly python: string;
  /** Folder of the `pyspark` package: SPARK_HOME. */
  readonly sparkHome: string;
  readonly javaHome: string;
  /** Jars for s3a, absolute. */
  readonly s3Jars: readonly string[];
  readonly version: string;
}

export interface TrinoHome {
  /** Folder with `bin`, `lib` and `plugin`. */
  readonly home: string;
  readonly javaHome: string;
  readonly version: string;
}

/** Daft and Ray in one private Python environment. */
export interface DaftHome {
  readonly python: string;
  /** The `ray` command of the environment. */
  readonly ray: string;
  readonly daftVersion: string;
  readonly rayVersion: string;
}

export interface EmatixHome {
  /** The `flow` program. */
  readonly binary: string;
  readonly version: string;
}

/** Below this prefix of the source bucket lie the archives that images are built from. */
export const SOURCE_PREFIX = 'images';

/** Variables that each build is started with. */
export const BUILD_VARIABLES = { repositoryUrl: 'REPOSITORY_URL', imageTag: 'IMAGE_TAG' } as const;

/** What the build leaves for images in the package: the lock of the shipped dependencies alone. */
export const SHIPPED_LOCK = 'lib/images/package-lock.json';

/** Files of a build's context that are made for it, and are not in the package as they are. */
export const MADE_FOR_BUILD = { packageJson: 'package.json', lock: 'package-lock.json', httpfs: 'httpfs-requirements.txt' } as const;

/** The real ematix-flow in the image of the worker, where it was asked for. */
export const EMATIX_IN_IMAGE = {
  /** Beside the worker's own Dockerfile. */
  dockerfile: 'ematix.Dockerfile',
  stage: 'ematix',
  /** Where its stage builds it, and where the image has it. */
  built: '/build/target/release/flow',
  program: '/opt/flowbench/ematix/flow',
  /** Folder of the context with the texts that its build embeds. */
  queries: 'ematix-queries',
} as const;

/** The worker's Dockerfile with the stages before it that build ematix-flow, and with the program that they make. */
export function withEmatix(stages: string, worker: string): string {
  const { stage, built, program } = EMATIX_IN_IMAGE;
  return `${stages}\n${worker}COPY --from=${stage} ${built} ${program}\n`;
}

/** What the one-file worker loads as packages; all else is within it. The build of the worker keeps just these outside. */
export const WORKER_PACKAGES = ['@duckdb/node-bindings', 'apache-arrow'] as const;

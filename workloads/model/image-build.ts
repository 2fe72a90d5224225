/** Below this prefix of the source bucket lie the archives that images are built from. */
export const SOURCE_PREFIX = 'images';

/** Variables that each build is started with. */
export const BUILD_VARIABLES = { repositoryUrl: 'REPOSITORY_URL', imageTag: 'IMAGE_TAG' } as const;

/** What the build leaves for images in the package: the lock of the shipped dependencies alone. */
export const SHIPPED_LOCK = 'lib/images/package-lock.json';

/** Files of a build's context that are made for it, and are not in the package as they are. */
export const MADE_FOR_BUILD = { packageJson: 'package.json', lock: 'package-lock.json', httpfs: 'httpfs-requirements.txt' } as const;

/** What the one-file worker loads as packages; all else is within it. The build of the worker keeps just these outside. */
export const WORKER_PACKAGES = ['@duckdb/node-bindings', 'apache-arrow'] as const;

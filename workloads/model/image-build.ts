/** Below this prefix of the source bucket lie the archives that images are built from. */
export const SOURCE_PREFIX = 'images';

/** Variables that each build is started with. */
export const BUILD_VARIABLES = { repositoryUrl: 'REPOSITORY_URL', imageTag: 'IMAGE_TAG' } as const;

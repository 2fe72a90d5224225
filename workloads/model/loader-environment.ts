/** Names of the environment variables that the infrastructure hands the loader of results. */
export const LOADER_ENVIRONMENT = {
  googleProjectId: 'FLOWBENCH_GOOGLE_PROJECT_ID',
  datasetId: 'FLOWBENCH_BIGQUERY_DATASET',
  location: 'FLOWBENCH_BIGQUERY_LOCATION',
  /** Full name of the provider that exchanges the role's identity for access to Google. */
  audience: 'FLOWBENCH_GOOGLE_AUDIENCE',
} as const;

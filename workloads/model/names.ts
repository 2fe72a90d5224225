/** Names that programs on both sides of a contract must agree on. */
export const MANIFEST_PATH = '_flowbench/manifest.json';
export const ANSWERS_FOLDER = '_flowbench/answers';
export const RESULTS_FILE = 'results.ndjson';
export const RUN_RECORD_FILE = 'run.json';

export const WORK_UNIT_V1_SCHEMA = 'https://ematix-flow/work-unit.v1.json';
export const WORK_UNIT_V2_SCHEMA = 'https://ematix-flow/work-unit.v2.json';

/** Stamped on everything that shows numbers (TPC-H fair use). */
export const TPCH_LABEL = 'derived from TPC-H, not comparable to published TPC-H results';

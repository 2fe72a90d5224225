/** Names that programs on both sides of a contract must agree on. */
export const MANIFEST_PATH = '_flowbench/manifest.json';
export const ANSWERS_FOLDER = '_flowbench/answers';
export const RESULTS_FILE = 'results.ndjson';
export const RUN_RECORD_FILE = 'run.json';
/** Beside the rows, one line a unit. Not `.ndjson`: what ends so under `runs/` of a results bucket is loaded as result rows. */
export const UNITS_FILE = 'units.jsonl';
/** Beside the rows, one line for each opening of a session; not `.ndjson` for the same reason. */
export const SESSIONS_FILE = 'sessions.jsonl';
/** In S3, as with rows: one object an opening. */
export const SESSIONS_FOLDER = 'sessions';
/** Beside the rows, a folder a session: logs, plans and event logs of engines. */
export const ENGINE_FILES_FOLDER = 'engines';
/** In S3, where nothing can be appended to: one object a row, which `results.ndjson` is put together from. */
export const ROWS_FOLDER = 'rows';

export const WORK_UNIT_V1_SCHEMA = 'https://ematix-flow/work-unit.v1.json';
export const WORK_UNIT_V2_SCHEMA = 'https://ematix-flow/work-unit.v2.json';

/** Stamped on everything that shows numbers (TPC-H fair use). */
export const TPCH_LABEL = 'derived from TPC-H, not comparable to published TPC-H results';

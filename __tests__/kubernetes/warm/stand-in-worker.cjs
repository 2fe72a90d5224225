#!/usr/bin/env node
'use strict';
// Stands for flow-worker in a pod: takes units as it does, and does no work. A unit whose id has "slow" in it takes a while.
const [, url] = process.argv.slice(2);
const env = process.env;
const identity = {
  run_id: env.FLOWBENCH_RUN_ID, index: Number(env.JOB_COMPLETION_INDEX), pod: env.FLOWBENCH_POD_NAME, pod_uid: env.FLOWBENCH_POD_UID, node: env.FLOWBENCH_NODE_NAME,
};
const sleep = (durationMs) => new Promise((resolve) => { setTimeout(resolve, durationMs); });
const SLOW_MS = 2_000;

async function call(path, more) {
  for (;;) {
    try {
      const response = await fetch(`${url}${path}`, {
        method: 'POST', body: JSON.stringify({ ...identity, ...more }), headers: { authorization: `Bearer ${env.FLOWBENCH_WARM_TOKEN}`, 'content-type': 'application/json' },
      });
      const text = await response.text();
      if (response.status < 500) return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    } catch {
      // The coordinator may come back.
    }
    await sleep(100);
  }
}

function report(unit, wallMs) {
  return {
    work_unit_id: unit.id, query: unit.query.id, stage: unit.stage.id, row_group_range: null, row_groups: {}, rows_in: 0, rows_out: 0,
    wall_ms: wallMs, decode_ms: 0, exec_ms: 1, upload_ms: 0, proof_ms: 0, bytes_read: 0, bytes_written: 0, cpu_ms: 1, max_rss_bytes: 1,
    output_uri: unit.output.uri, output_files: [{ uri: unit.output.uri, size_bytes: 0, rows: 0 }],
    engine: 'duckdb', engine_version: '0', node: identity.node, ignored_options: [], error: null,
  };
}

async function carryOut(unit) {
  const startedAt = performance.now();
  const endsAt = startedAt + (unit.id.includes('slow') ? SLOW_MS : 0);
  while (performance.now() < endsAt) {
    await sleep(100);
    const { body } = await call('/v1/alive', { unit_id: unit.id });
    if (body?.stop === true) return;
  }
  await call('/v1/done', { unit_id: unit.id, metrics: report(unit, performance.now() - startedAt) });
}

async function main() {
  for (;;) {
    const { status, body } = await call('/v1/next', {});
    if (status === 410) return;
    if (status === 403) process.exit(2);
    if (status === 200) await carryOut(body.unit);
  }
}

void main();

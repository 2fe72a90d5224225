// Runs one work unit over the sample and keeps what V8 compiled for it beside the bundle: see bin/flow-worker.js.
// usage: worker-code-cache.cjs BUNDLE OUTPUT_PARQUET DATASET
'use strict';
const { readFileSync, writeFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, resolve } = require('node:path');
const { Script } = require('node:vm');

const [node, , file, output, dataset] = process.argv;
const bundle = resolve(file);
const program = new Script(Module.wrap(readFileSync(bundle, 'utf8')), { filename: bundle });
process.on('exit', () => writeFileSync(`${bundle}.cache`, program.createCachedData()));
process.argv = [node, bundle, '--query', 'Q6', '--tpch-dir', dataset, '--row-group-range', '0:21', '--output', output];
program.runInThisContext()(exports, Module.createRequire(bundle), module, bundle, dirname(bundle));

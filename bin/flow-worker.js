#!/usr/bin/env node
'use strict';
// A worker process may be started per work unit, so its start is worth care: the program is one bundled
// file, compiled with the code cache made when it was built. V8 ignores a cache of another version.
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const file = join(__dirname, '..', 'lib', 'flow-worker.js');

function codeCache() {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

const program = new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file, cachedData: codeCache() });
program.runInThisContext()(exports, Module.createRequire(file), module, file, dirname(file));

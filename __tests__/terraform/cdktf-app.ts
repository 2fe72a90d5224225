import { existsSync } from 'node:fs';
import '../../stacks/main.js';
import { STACKS } from '../../workloads/model/physical-names.js';
import { keepAwsPart, stackFolder } from './workspace.js';

/**
 * The app as the real cdktf command starts it in its test: the stacks' own entry point, which runs as it is
 * imported, and then of each stack the part that the emulator can hold.
 *
 * usage: node -r …/run-typescript.cjs cdktf-app.ts ENDPOINT
 */
const outdir = process.env.CDKTF_OUTDIR ?? 'cdktf.out';
const [endpoint = ''] = process.argv.slice(2);
for (const stack of STACKS) {
  if (existsSync(stackFolder(outdir, stack))) keepAwsPart(outdir, stack, endpoint);
}

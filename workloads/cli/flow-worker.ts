import { workerMain } from './worker/main.js';

void workerMain(process.argv.slice(2), process.env['RUST_LOG']);

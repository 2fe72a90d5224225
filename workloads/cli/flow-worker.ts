// The order matters, see there.
import './worker/signals.js';
import './worker/start-early.js';
import { config } from 'zod';
import { workerMain } from './worker/main.js';

// A process that checks one manifest and one unit is gone before generated validators pay.
config({ jitless: true });

void workerMain(process.argv.slice(2), process.env);

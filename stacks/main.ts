import { App } from 'cdktf';
import { configurationError, FlowbenchError } from '../workloads/model/errors.js';
import { loadConfig } from './config/load.js';
import { makeStacks } from './stacks.js';

/** As for the commands: the configuration is wrong, nothing was done. */
const EXIT_CONFIGURATION = 2;

function synthesise(): void {
  const app = new App({ stackTraces: false });
  const loaded = loadConfig(app);
  if ('problems' in loaded) throw configurationError(loaded.problems);
  makeStacks(app, loaded.config);
  app.synth();
}

try {
  synthesise();
} catch (error) {
  if (!(error instanceof FlowbenchError)) throw error;
  process.stderr.write(`flowbench: ${error.sentence}\n`);
  process.exitCode = EXIT_CONFIGURATION;
}

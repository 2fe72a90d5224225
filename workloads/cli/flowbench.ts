import { Command, CommanderError } from 'commander';
import { FlowbenchError } from '../model/errors.js';
import { addAttachCommand } from './commands/attach.js';
import { addCancelCommand } from './commands/cancel.js';
import { addDatagenCommand } from './commands/datagen.js';
import { addDatasetCommand } from './commands/dataset.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addEnginesCommand } from './commands/engines.js';
import { addImagesCommand } from './commands/images.js';
import { addInitCommand } from './commands/init.js';
import { addPlanCommand } from './commands/plan.js';
import { addReportCommand } from './commands/report.js';
import { addRunCommand } from './commands/run.js';
import { addS3Command } from './commands/s3.js';
import { addSmokeCommand } from './commands/smoke.js';
import { addStartCommand } from './commands/start.js';
import { addTeardownCommand } from './commands/teardown.js';
import { addWorkerCommand } from './commands/worker.js';
import { EXIT } from './exit-codes.js';
import { flowbenchVersion } from './version.js';

function program(): Command {
  const root = new Command('flowbench')
    .description('Is this distributed query engine faster and cheaper than the others, on the same data and machines, with right answers?')
    .version(flowbenchVersion())
    .exitOverride()
    .showHelpAfterError('Run "flowbench --help" to see the commands.');
  addStartCommand(root);
  addRunCommand(root);
  addAttachCommand(root);
  addCancelCommand(root);
  addSmokeCommand(root);
  addReportCommand(root);
  addPlanCommand(root);
  addDatagenCommand(root);
  addDatasetCommand(root);
  addEnginesCommand(root);
  addS3Command(root);
  addImagesCommand(root);
  addWorkerCommand(root);
  addTeardownCommand(root);
  addDoctorCommand(root);
  addInitCommand(root);
  return root;
}

/** A failure becomes one sentence and a documented exit code; only a defect of ours shows its stack. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.configuration;
  if (error instanceof FlowbenchError) {
    process.stderr.write(`flowbench: ${error.sentence}\n`);
    return error.code === 'internal' ? EXIT.notOk : EXIT.configuration;
  }
  process.stderr.write(`flowbench: this is a defect of flowbench, please report it.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.defect;
}

program()
  .parseAsync(process.argv)
  .catch((error: unknown) => {
    process.exitCode = exitCodeOf(error);
  });

import { cpus } from 'node:os';
import { runCampaign, type CampaignRequest, type CampaignResult } from '../campaign/run-campaign.js';
import { TextProgress } from '../campaign/progress.js';
import { runTable } from '../campaign/terminal-table.js';
import { engineRunner } from '../engines/registry.js';
import { cellStatus } from '../results/summary.js';
import { enginesFolder } from './cache-folder.js';
import { EXIT } from './exit-codes.js';
import { say } from './say.js';
import { stopOnSignals } from './stop-on-signals.js';
import { flowbenchVersion, packageRoot } from './version.js';

export function hostCores(): number {
  return cpus().length;
}

/**
 * Runs a campaign on this terminal: progress on stderr, the table on stdout, Ctrl-C stops it so that it can
 * be resumed. Sets the exit code.
 */
export async function measure(request: CampaignRequest): Promise<CampaignResult> {
  const stop = new AbortController();
  const removeHandlers = stopOnSignals(stop, 'Stopping; the running query is ended and not recorded. Once more to leave at once.');
  try {
    const result = await runCampaign(request, {
      flowbenchVersion: flowbenchVersion(),
      codeRoot: packageRoot(),
      signal: stop.signal,
      progress: new TextProgress(process.stderr),
      log: say,
      runnerOf: (id) => engineRunner(id, { enginesDir: enginesFolder() }),
      onStart: (uri) => {
        say(`Results go to ${uri}`);
      },
    });
    process.stdout.write(`${runTable(result.record, result.rows, new Date(), result.sessions)}\n`);
    if (result.ended === 'interrupted') say(`Stopped; ${result.rows.length} measured rows are kept. Go on with: flowbench run --resume ${result.uri}`);
    process.exitCode = exitCodeOf(result);
    return result;
  } finally {
    removeHandlers();
  }
}

function exitCodeOf(result: CampaignResult): number {
  if (result.ended === 'interrupted') return EXIT.interrupted;
  return cellStatus(result.rows) === 'ok' ? EXIT.ok : EXIT.notOk;
}

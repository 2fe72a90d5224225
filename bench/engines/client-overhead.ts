import { Agent, request } from 'node:http';
import type { QueryText } from '../../workloads/engines/contract.js';
import type { TrinoSession } from '../../workloads/engines/trino/session.js';
import { FlowbenchError } from '../../workloads/model/errors.js';
import { medianOf } from '../../workloads/results/statistics.js';
import type { Measurement } from '../measurement.js';

/** A query whose answer costs the server next to nothing: what is left is the way there and back. */
const QUERIES: readonly { readonly key: string; readonly what: string; readonly text: string }[] = [
  { key: 'trino_client_select_1_ms', what: 'SELECT 1', text: 'SELECT 1' },
  { key: 'trino_client_empty_scan_ms', what: 'an empty scan', text: 'SELECT l_orderkey FROM lineitem WHERE l_orderkey < 0' },
];
const WARM_UPS = 20;
const TIMEOUT_MS = 60_000;
/** What the client may add to a query: so much, and this share of it. */
const ALLOWED_MS = 1;
const ALLOWED_SHARE = 0.05;

export interface ClientOverheadOptions {
  /** A session of the runner on the server. */
  readonly session: TrinoSession;
  /** Pairs of each query, one by the session and one by the loop. */
  readonly pairs: number;
  readonly log: (line: string) => void;
}

/**
 * What the runner's session adds to a query, against the barest loop over the same protocol and server: both
 * ask in turn, the first of a pair alternating, so that whatever the machine does hits both. The median of
 * the differences within pairs, as a server's own time varies far more than a client's.
 */
export async function measureClientOverhead(options: ClientOverheadOptions): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const query of QUERIES) {
    const { bareMs, differenceMs } = await measurePairs(query.text, options);
    const allowedMs = ALLOWED_MS + ALLOWED_SHARE * bareMs;
    options.log(`Trino, ${query.what}: ${bareMs.toFixed(1)} ms by a bare loop; the runner adds ${differenceMs.toFixed(2)} ms of ${allowedMs.toFixed(2)} it may (median of ${options.pairs} pairs)`);
    measurements.push({ key: query.key, what: `trino runner over a bare HTTP loop, ${query.what}`, value: differenceMs, unit: 'ms', limit: { kind: 'at_most', value: allowedMs } });
  }
  return measurements;
}

async function measurePairs(text: string, { session, pairs }: ClientOverheadOptions): Promise<{ readonly bareMs: number; readonly differenceMs: number }> {
  const bare = new BareLoop(session.server);
  const differencesMs: number[] = [];
  const bareTimesMs: number[] = [];
  try {
    for (let pair = -WARM_UPS; pair < pairs; pair += 1) {
      const first = pair % 2 === 0 ? await bare.time(text) : await timeSession(session, text);
      const second = pair % 2 === 0 ? await timeSession(session, text) : await bare.time(text);
      const [bareMs, sessionMs] = pair % 2 === 0 ? [first, second] : [second, first];
      if (pair < 0) continue;
      bareTimesMs.push(bareMs);
      differencesMs.push(sessionMs - bareMs);
    }
  } finally {
    bare.close();
  }
  return { bareMs: medianOf(bareTimesMs) ?? Number.NaN, differenceMs: medianOf(differencesMs) ?? Number.NaN };
}

/** The duration as the session itself gives it, which is what rows hold. */
async function timeSession(session: TrinoSession, text: string): Promise<number> {
  const query: QueryText = { id: 'Q1', text };
  const outcome = await session.run(query, { timeoutMs: TIMEOUT_MS, signal: new AbortController().signal, repetition: 1 });
  if (outcome.status !== 'ok') throw new FlowbenchError('query_failed', `${text}: ${outcome.error}`);
  return outcome.durationMs;
}

interface BarePage {
  readonly nextUri?: string;
  readonly error?: { readonly message: string };
}

/** The protocol and nothing else: no checks, no types, no retries. */
class BareLoop {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly headers: Readonly<Record<string, string>>;

  constructor(private readonly server: TrinoSession['server']) {
    this.headers = { 'X-Trino-User': 'flowbench', 'X-Trino-Catalog': server.catalog, 'X-Trino-Schema': server.schema };
  }

  async time(text: string): Promise<number> {
    const startedAt = performance.now();
    let page = await this.ask('POST', `${this.server.url}/v1/statement`, text);
    while (page.nextUri !== undefined) page = await this.ask('GET', page.nextUri);
    if (page.error !== undefined) throw new FlowbenchError('query_failed', `${text}: ${page.error.message}`);
    return performance.now() - startedAt;
  }

  close(): void {
    this.agent.destroy();
  }

  private ask(method: 'GET' | 'POST', url: string, body?: string): Promise<BarePage> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, agent: this.agent, headers: this.headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('end', () => { resolve(JSON.parse(text) as BarePage); }).on('error', reject);
      });
      sent.on('error', reject).end(body);
    });
  }
}

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QuerySuccess, QueryText } from '../../engines/contract.js';
import type { Artifacts } from '../../engines/driver/artifacts.js';
import { messageOf } from '../../model/errors.js';

/** `http://driver:4040/SQL/execution/?id=7`: the page on which a live driver shows a query. */
const PAGE = /^(https?:\/\/[^/]+)\/SQL\/execution\/\?id=(\d+)$/;
const ASK_MS = 15_000;

interface Wanted {
  readonly name: string;
  readonly page: string;
  readonly base: string;
  readonly execution: string;
}

/**
 * Plans of queries, fetched from the driver while it lives and kept beside the rows: its page goes with it. After
 * the clocks, as the asking takes the driver's time.
 */
export class SparkPlans {
  private wanted: Wanted[] = [];

  constructor(private readonly artifacts: Artifacts) {}

  /** The outcome with a link to the file that will be there; a page that nobody keeps stays linked as it is. */
  note(query: QueryText, repetition: number, outcome: QuerySuccess): QuerySuccess {
    const [page, base = '', execution = ''] = PAGE.exec(outcome.traceLink ?? '') ?? [];
    if (page === undefined || this.artifacts.folder === null) return outcome;
    const name = `Q${query.id.slice(1).padStart(2, '0')}-${repetition}.plan.txt`;
    this.wanted.push({ name, page, base, execution });
    return { ...outcome, traceLink: this.artifacts.linkTo(name) ?? page };
  }

  async fetch(): Promise<void> {
    const { folder } = this.artifacts;
    const wanted = this.wanted;
    this.wanted = [];
    if (folder === null) return;
    for (const one of wanted) await writeFile(join(folder, one.name), `Page while it ran: ${one.page}\n\n${await planOf(one)}\n`);
  }
}

async function planOf({ base, execution }: Wanted): Promise<string> {
  try {
    const [application] = (await ask(`${base}/api/v1/applications`)) as readonly { readonly id: string }[];
    const found = (await ask(`${base}/api/v1/applications/${application?.id ?? ''}/sql/${execution}?details=false&planDescription=true`)) as { readonly planDescription?: string };
    return `Application ${application?.id ?? ''}, execution ${execution}\n\n${found.planDescription ?? 'The driver tells no plan.'}`;
  } catch (error) {
    return `The plan could not be fetched from the driver: ${messageOf(error)}.`;
  }
}

async function ask(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) });
  if (!answer.ok) throw new Error(`${url} answered HTTP ${answer.status}`);
  return answer.json();
}

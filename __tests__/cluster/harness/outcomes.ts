import Table from 'cli-table3';

export interface Outcome {
  readonly situation: string;
  readonly status: string;
  readonly sentence: string;
  readonly seconds: number;
}

/** What came of each bad situation of a suite, as one table. */
export class Outcomes {
  private readonly found: Outcome[] = [];

  add(outcome: Outcome): void {
    this.found.push(outcome);
  }

  toString(): string {
    const table = new Table({ head: ['Situation', 'Status', 'What is said', 's'], style: { head: [], border: [] }, colWidths: [40, 22, 90, 6], wordWrap: true });
    for (const { situation, status, sentence, seconds } of this.found) table.push([situation, status, sentence, seconds.toFixed(0)]);
    return table.toString();
  }
}

import fc from 'fast-check';
import { checkAnswer } from '../../workloads/campaign/gate.js';
import type { Answer } from '../../workloads/model/answer.js';
import type { TypedRows } from '../../workloads/model/typed-rows.js';
import type { AnswerPolicy } from '../../workloads/tpch/answer-policy.js';

/** Answers like those of Q3: a key, a decimal sum, a date; few sums and dates, so that ties are common. */
const columns: TypedRows['columns'] = [
  { name: 'k', type: { kind: 'integer' } },
  { name: 'revenue', type: { kind: 'decimal', precision: 38, scale: 4 } },
  { name: 'd', type: { kind: 'date' } },
];

interface Candidate {
  readonly key: number;
  readonly cents: number;
  readonly day: number;
}

const candidates = fc.uniqueArray(fc.record({ key: fc.nat(500), cents: fc.integer({ min: -3, max: 3 }), day: fc.integer({ min: 1, max: 3 }) }), { selector: ({ key }) => key, minLength: 2, maxLength: 30 });

const inOrder = (a: Candidate, b: Candidate): number => b.cents - a.cents || a.day - b.day;
const rowOf = ({ key, cents, day }: Candidate): string[] => [String(key), `${cents}.0000`, `1995-01-0${day}`];

function answerTo(all: readonly Candidate[], limit: number): { answer: Answer; policy: AnswerPolicy } {
  const sorted = [...all].sort(inOrder);
  const last = sorted[Math.min(limit, sorted.length) - 1] ?? { key: 0, cents: 0, day: 0 };
  const withTies = sorted.filter((one) => inOrder(one, last) <= 0);
  const rowCount = Math.min(limit, sorted.length);
  return {
    answer: { answer_version: 1, dataset_id: 'd', scale_factor: 1, query: 'Q3', query_sha256: '', oracle: '', row_count: rowCount, result: { columns, rows: withTies.map(rowOf) } },
    policy: {
      columns: [{ name: 'k', class: 'key' }, { name: 'revenue', class: 'sum' }, { name: 'd', class: 'key' }],
      orderBy: [{ column: 'revenue', direction: 'desc' }, { column: 'd', direction: 'asc' }],
      limit,
    },
  };
}

/** The same query by an engine that breaks ties in another way. */
function otherEngine(all: readonly Candidate[], limit: number, salt: number): string[][] {
  const shuffled = [...all].sort((a, b) => ((a.key * 7919 + salt) % 101) - ((b.key * 7919 + salt) % 101));
  return shuffled.sort(inOrder).slice(0, limit).map(rowOf);
}

const cases = fc.tuple(candidates, fc.integer({ min: 1, max: 12 }), fc.nat(100));

describe('the gate', () => {
  it('passes every way to break ties', () => {
    fc.assert(
      fc.property(cases, ([all, limit, salt]) => {
        const { answer, policy } = answerTo(all, limit);
        return checkAnswer({ columns, rows: otherEngine(all, limit, salt) }, answer, policy).strictOk;
      }),
    );
  });

  it('sees any sum that is off by one in its last decimal', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ([all, limit, salt], at) => {
        const { answer, policy } = answerTo(all, limit);
        const rows = otherEngine(all, limit, salt);
        const row = rows[at % rows.length];
        if (row === undefined) return false;
        row[1] = (row[1] ?? '').replace(/0$/, '1');
        return !checkAnswer({ columns, rows }, answer, policy).strictOk;
      }),
    );
  });

  it('sees any key that is not in the answer, at both levels', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ([all, limit, salt], at) => {
        const { answer, policy } = answerTo(all, limit);
        const rows = otherEngine(all, limit, salt);
        const row = rows[at % rows.length];
        if (row === undefined) return false;
        row[0] = '501';
        const verdict = checkAnswer({ columns, rows }, answer, policy);
        return !verdict.strictOk && !verdict.specOk && verdict.problems.length > 0;
      }),
    );
  });

  it('sees any row lost and any row twice', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ([all, limit, salt], at) => {
        const { answer, policy } = answerTo(all, limit);
        const rows = otherEngine(all, limit, salt);
        const index = at % rows.length;
        const twice = [...rows.slice(0, index), rows[(index + 1) % rows.length] ?? [], ...rows.slice(index + 1)];
        const lost = rows.filter((_, place) => place !== index);
        return !checkAnswer({ columns, rows: lost }, answer, policy).specOk && (rows.length < 2 || !checkAnswer({ columns, rows: twice }, answer, policy).specOk);
      }),
    );
  });
});

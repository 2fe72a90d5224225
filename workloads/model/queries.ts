import { FlowbenchError } from './errors.js';

/** The 22 queries of TPC-H by their canonical id: `Q1` … `Q22`. */
export const QUERY_IDS = [
  'Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7', 'Q8', 'Q9', 'Q10', 'Q11',
  'Q12', 'Q13', 'Q14', 'Q15', 'Q16', 'Q17', 'Q18', 'Q19', 'Q20', 'Q21', 'Q22',
] as const;

export type QueryId = (typeof QUERY_IDS)[number];

/** Accepts `Q1`, `q01`, `1`; throws a configuration error that lists what exists. */
export function parseQueryId(text: string): QueryId {
  const number = /^q?0*([0-9]{1,2})$/i.exec(text.trim())?.[1];
  const id = QUERY_IDS.find((known) => known === `Q${number}`);
  if (id === undefined) {
    throw new FlowbenchError('configuration', `Unknown query "${text}".`, { remedy: `Known queries: ${QUERY_IDS.join(', ')}.` });
  }
  return id;
}

/** Two-digit form for file names, so that a listing sorts: `Q01`. */
export function queryFileStem(id: QueryId): string {
  return `Q${id.slice(1).padStart(2, '0')}`;
}

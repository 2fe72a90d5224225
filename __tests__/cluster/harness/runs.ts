import { type ResultRow } from '../../../workloads/model/result-row.js';

/** The id of a run, in what a command says of it. */
export const idIn = (text: string): string => /\d{8}T\d{6}Z-[0-9a-f]+/.exec(text)?.[0] ?? '';

/** What is not as it should be with a row; empty for one that is. */
export function flaws({ query, workers, executor, status, error, spec_ok: isRight, coverage_ok: isCovered }: ResultRow): string[] {
  const cell = `${query} N=${workers} ${executor ?? ''}`;
  return [...(status === 'ok' ? [] : [`${cell}: ${status} ${error ?? ''}`]), ...(isRight === true && isCovered === true ? [] : [`${cell}: not gated and covered`])];
}

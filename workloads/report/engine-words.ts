import { nameOf } from './engine-tables.js';
import { formatCount } from './format.js';
import type { Level } from './model/engine-types.js';

/** Sentences that the Markdown and the page say alike. */

export const NO_COMPARISON_ACROSS = 'Each table below is of other data or other machines. Read along its rows and columns, never from one table to the next.';
export const NO_NULL_RUN = 'NO NULL RUN: nothing shows how far two series of the same engine lie apart here, so the claims below are held against no noise floor, only against intervals that do not overlap.';
export const CLAIM_RULE = 'Faster or slower is claimed only where the 95 % bootstrap intervals of the two do not overlap and the difference is beyond what the null run shows between two series of the same engine; ≈ marks where nothing is claimed.';
export const NOT_RECORDED = 'Not recorded: this run kept no record of its sessions, so nothing shows that the engines were given the same.';

/** Who the others are set against, and who had other cores or another null run. */
export function baselineNotes({ comparison, contenders, workers }: Level): string[] {
  if (comparison === null) return [];
  const { baseline, why, noise } = comparison;
  const cores = new Set(contenders.map((one) => one.cores));
  return [
    `Everybody is set against ${nameOf(baseline)}: ${why}.`,
    ...(cores.size > 1 ? [`They did not all have the same number of cores: ${contenders.map((one) => `${nameOf(one)} ${formatCount(one.cores)}`).join('; ')}.`] : []),
    ...(noise !== null && !contenders.some(({ series, configuration }) => series.id === noise.seriesId && configuration.workers === noise.workers)
      ? [`The noise floor is that of the null run of ${noise.label}, ${noise.at}; there is none at N = ${workers}.`] : []),
  ];
}

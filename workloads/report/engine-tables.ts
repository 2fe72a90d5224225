import type { Interval } from '../results/bootstrap.js';
import { deviation, type Weighed } from '../results/comparison.js';
import { formatDuration, formatPercent, formatRatio, formatUsd, plural } from './format.js';
import type { Contender, CoverageCell, Level, Rival } from './model/engine-types.js';
import type { Configuration } from './model/series-types.js';
import type { Section } from './model/types.js';
import { numberColumns, proseColumns, textColumns, type Column, type Table, type TableCell } from './table.js';
import { dnfText } from './tables.js';

/** The tables that set engines against each other, the same in the Markdown and on the page. */

/** Series × N: what one looks for first. */
export function matrixTable(section: Section): Table {
  const { commonQueries: { length: common }, queries: { length: all }, series } = section;
  const priced = series.some(({ configurations }) => configurations.some(({ totals }) => totals?.costUsd != null));
  return {
    caption: `${section.title}: Σ median of ${common === all ? `all ${all} queries` : `the ${common} of ${all} queries that everybody completed`} ± spread of a query (median CV)${priced ? ', and its cost' : '; no price was given, so there is no cost'}`,
    columns: [...textColumns('Series'), ...placesOf(section).flatMap(({ name }): Column[] => [{ name, kind: 'number' }, ...(priced ? [{ name: `${name}, cost`, kind: 'number' as const }] : [])]), ...numberColumns('Completed')],
    rows: series.map((one) => ({
      cells: [
        one.label,
        ...placesOf(section).flatMap(({ find }) => {
          const totals = find(one)?.totals;
          const cost = priced ? [formatUsd(totals?.costUsd ?? null)] : [];
          return [totals == null ? (find(one) === undefined ? { text: '–', tone: 'quiet' as const } : { text: 'DNF', tone: 'bad' as const }) : `${formatDuration(totals.medianMs)} ± ${formatPercent(totals.noise, 1)}`, ...cost];
        }),
        completedText(one.configurations.map(({ cells }) => cells.filter(({ outcome }) => outcome.kind === 'ok').length), all),
      ],
    })),
  };
}

/** Those that completed every query, over every query; null where all did and the matrix says it already. */
export function completeTable(section: Section): Table | null {
  const { commonQueries: { length: common }, queries: { length: all } } = section;
  const complete = section.series.filter(({ configurations }) => configurations.some(({ completeMs }) => completeMs !== null));
  if (common === all || complete.length === 0) return null;
  return {
    caption: `${section.title}: Σ median of all ${all} queries, for the series that completed them`,
    columns: [...textColumns('Series'), ...numberColumns(...placesOf(section).map(({ name }) => name))],
    rows: complete.map((series) => ({ cells: [series.label, ...placesOf(section).map(({ find }) => formatDuration(find(series)?.completeMs ?? null))] })),
  };
}

interface Place {
  readonly name: string;
  readonly find: (series: Section['series'][number]) => Configuration | undefined;
}

/** Every N, and single processes beside them. */
function placesOf({ series }: Section): Place[] {
  const everyN = [...new Set(series.filter(({ singleProcess }) => !singleProcess).flatMap(({ configurations }) => configurations.map(({ workers }) => workers)))].sort((a, b) => a - b);
  const single: Place = { name: 'one process', find: ({ singleProcess, configurations }) => (singleProcess ? configurations[0] : undefined) };
  return [
    ...everyN.map((workers): Place => ({ name: `N = ${workers}`, find: ({ singleProcess, configurations }) => (singleProcess ? undefined : configurations.find((one) => one.workers === workers)) })),
    ...(series.some(({ singleProcess }) => singleProcess) ? [single] : []),
  ];
}

function completedText(counts: readonly number[], all: number): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `${least === most ? least : `${least}–${most}`} of ${all}`;
}

/** Everybody's sum against the baseline's, with interval, claim and noise floor. */
export function levelTable({ comparison, workers }: Level): Table | null {
  if (comparison === null) return null;
  const { baseline, rivals } = comparison;
  return {
    caption: `Against ${nameOf(baseline)}, N = ${workers}: time ÷ its time with 95 % intervals, over the queries that both completed`,
    columns: [...textColumns('Series', 'Claim'), ...numberColumns('Σ ÷ Σ', 'Geometric mean', 'Noise floor', 'Queries', 'Cores')],
    rows: rivals.map(({ contender, queries, total, geometricMean }) => ({
      cells: [
        nameOf(contender), claimCell(total), withInterval(total?.ratio ?? null, total), withInterval(geometricMean?.value ?? null, geometricMean), noiseText(total),
        String(queries), String(contender.cores),
      ],
    })),
  };
}

/** One query after the other: ratio, interval and what may be said of it. */
export function comparisonTable({ comparison, workers }: Level): Table | null {
  if (comparison === null) return null;
  const { baseline, rivals, noise } = comparison;
  const floors = new Map(noise?.perQuery.map(({ query, ratio }) => [query, deviation(ratio)]) ?? []);
  return {
    caption: `Each query against ${nameOf(baseline)}, N = ${workers}: time ÷ its time (95 % interval)`,
    columns: [...textColumns('Query'), ...numberColumns('Its median'), ...rivals.map(({ contender }): Column => ({ name: nameOf(contender), kind: 'number' })), ...numberColumns('Null run')],
    rows: baseline.configuration.cells.map((cell, index) => ({
      cells: [
        cell.query, cell.outcome.kind === 'ok' ? formatDuration(cell.outcome.timing.median) : (dnfText(cell) ?? ''), ...rivals.map((rival) => weighedCell(rival, index)),
        floors.has(cell.query) ? `± ${formatPercent(floors.get(cell.query) ?? null, 1)}` : 'none',
      ],
    })),
  };
}

function weighedCell({ contender, perQuery }: Rival, index: number): TableCell {
  const weighed = perQuery[index]?.weighed ?? null;
  const cell = contender.configuration.cells[index];
  if (weighed === null) return cell === undefined || cell.outcome.kind === 'ok' ? '–' : (dnfText(cell) ?? '–');
  const text = withInterval(weighed.ratio, weighed);
  return weighed.claim === null ? { text: `${text} ≈`, tone: 'quiet' } : `${text} ${weighed.claim}`;
}

function claimCell(weighed: Weighed | null): TableCell {
  if (weighed === null) return { text: 'nothing in common', tone: 'quiet' };
  return weighed.claim ?? { text: `none: ${weighed.whyNot ?? ''}`, tone: 'quiet' };
}

function withInterval(ratio: number | null, interval: Interval | null): string {
  return interval === null ? '–' : `${formatRatio(ratio)} (${interval.low.toFixed(2)}–${interval.high.toFixed(2)})`;
}

function noiseText(weighed: Weighed | null): string {
  return weighed?.noise == null ? 'no null run' : `± ${formatPercent(weighed.noise, 1)}`;
}

/** A single process is told with its cores, as it has no N. */
export function nameOf({ series, cores }: Contender): string {
  return series.singleProcess ? `${series.label} (one process, ${plural(cores, 'core', 'cores')})` : series.label;
}

/** The null run itself. */
export function noiseTable({ nullPairs }: Section): Table | null {
  if (nullPairs.length === 0) return null;
  return {
    caption: 'The null run: the same engine and settings twice, second ÷ first',
    columns: [...textColumns('Series', 'Workers'), ...numberColumns('Queries', 'Σ ÷ Σ', 'Median query off by', 'Worst query off by'), ...textColumns('Which')],
    rows: nullPairs.map(({ label, at, perQuery, total }) => {
      const sorted = [...perQuery].sort((a, b) => deviation(a.ratio) - deviation(b.ratio));
      const [middle, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
      return { cells: [label, at, String(perQuery.length), formatRatio(total), formatPercent(deviation(middle?.ratio ?? 1), 1), formatPercent(deviation(worst?.ratio ?? 1), 1), worst?.query ?? '–'] };
    }),
  };
}

/** What each series made of each query. */
export function coverageTable({ coverage, queries }: Section): Table {
  return {
    caption: 'Coverage: what each series made of each query, the worst over its numbers of workers and repetitions',
    columns: [...textColumns('Query'), ...coverage.map(({ series }): Column => ({ name: series.label, kind: 'text' }))],
    rows: [
      ...queries.map((query, index) => ({ cells: [query, ...coverage.map(({ cells }) => coverageCell(cells[index]))] })),
      { cells: ['Right', ...coverage.map(({ cells }) => `${cells.filter(isRight).length} of ${cells.length}`)] },
      { cells: ['of these exact', ...coverage.map(({ cells }) => `${cells.filter(({ kind }) => kind === 'exact').length}`)] },
      { cells: ['of these rewritten', ...coverage.map(({ cells }) => `${cells.filter((cell) => isRight(cell) && cell.rewritten).length}`)] },
    ],
  };
}

function isRight({ kind }: CoverageCell): boolean {
  return kind === 'exact' || kind === 'to_spec';
}

const KIND_WORDS = { exact: 'exact', to_spec: 'to spec', unsupported: 'unsupported', wrong: 'WRONG', failed: 'failed', not_run: 'not run' } as const;

function coverageCell(cell: CoverageCell | undefined): TableCell {
  if (cell === undefined || cell.kind === 'not_run') return { text: 'not run', tone: 'quiet' };
  const word = cell.kind === 'failed' && cell.status !== null ? cell.status.replaceAll('_', ' ') : KIND_WORDS[cell.kind];
  const text = [word, ...(cell.rewritten ? ['rewritten'] : []), ...(cell.onlyAt.length > 0 ? [`at N = ${cell.onlyAt.join(', ')}`] : [])].join(', ');
  return isRight(cell) ? text : { text, tone: 'bad' };
}

/** Why something is not simply exact; null where everything is. */
export function coverageReasonTable({ coverage }: Section): Table | null {
  const rows = coverage.flatMap(({ series, reasons }) => reasons.map(({ what, queries, sentence }) => ({ group: series.label, cells: [what, queries.join(', '), sentence] })));
  return rows.length === 0 ? null : { caption: 'Why a query is not simply exact', columns: [...textColumns('What'), ...proseColumns('Queries', 'Why')], rows };
}

import Table from 'cli-table3';
import { PRICES } from '../../../images/versions.js';
import { type Phase } from '../../model/physical-names.js';
import { type ActualCosts, type PhaseEstimate } from './costs.js';

const LETTERS: Readonly<Record<Phase, string>> = { alpha: 'α', beta: 'β', gamma: 'γ', delta: 'δ' };
const dollars = (usd: number | null): string => (usd === null ? 'no price' : `$${usd.toFixed(2)}`);

/** The cost roll-up: an estimate per phase, and beside their sum what was charged. */
export function renderCosts(estimates: readonly PhaseEstimate[], actual: ActualCosts): string {
  const table = new Table({ head: ['Phase', 'Service', 'Hours', 'Estimate', 'Charged'], style: { head: [], border: [] }, colAligns: ['left', 'left', 'right', 'right', 'right'] });
  for (const { phase, nodes, hours, usd } of estimates) table.push([LETTERS[phase], `EKS ${nodes === '' ? 'control plane' : nodes}`, hours.toFixed(1), dollars(usd), '']);
  const charged = 'days' in actual ? actual.days.reduce((sum, { usd }) => sum + usd, 0) : undefined;
  const known = estimates.every(({ usd }) => usd !== null);
  table.push(['Total', '', '', known ? dollars(estimates.reduce((sum, { usd }) => sum + (usd ?? 0), 0)) : 'no price', charged === undefined ? '–' : dollars(charged)]);
  return [
    ...(estimates.length === 0 ? ['No cluster is there to estimate from; the report of a run holds what it cost.'] : []),
    table.toString(),
    `Estimate: list prices of ${PRICES.asOf}, ${PRICES.purchase}, ${PRICES.region}; storage, requests and public addresses are not in it.`,
    ...('days' in actual
      ? ['Charged, by day (the tag tells the project, not the phase):', ...actual.days.map(({ day, usd }) => `  ${day} ${dollars(usd)}`)]
      : [actual.missing]),
  ].join('\n');
}

import { PRICES } from '../../images/versions.js';
import { campaignCost, costUsd, describePrices, pricesFor, usdPerTbScanned } from '../../workloads/campaign/cost.js';
import { resultRow } from '../fixtures/result-rows.js';

const prices = pricesFor('m5.xlarge');

describe('cost', () => {
  it('is wall time times the price of nodes and control plane', () => {
    expect(costUsd(prices, 4, 3_600_000)).toBeCloseTo(4 * 0.192 + 0.1, 12);
    expect(costUsd(prices, 0, 0)).toBe(0);
  });

  it('per TB is null where nothing was measured', () => {
    expect(usdPerTbScanned(0.5, 2e12)).toBe(0.25);
    expect(usdPerTbScanned(0.5, null)).toBeNull();
    expect(usdPerTbScanned(0.5, 0)).toBeNull();
  });

  it('names the price\'s date and age', () => {
    expect(describePrices(prices, new Date('2026-01-29T12:00:00Z'))).toBe('Prices: m5.xlarge at $0.192/h (on-demand, us-east-1) and $0.1/h control plane, as of 2026-01-19, 10 days old.');
  });

  it('refuses a shape without a price, also one named like a property of every object', () => {
    expect(() => pricesFor('m5.mega')).toThrow(/There is no price for "m5.mega"/);
    expect(() => pricesFor('constructor')).toThrow(/There is no price/);
  });

  it('tells how much of a rented cluster would have been idle', () => {
    const rows = [
      resultRow({ workers: 1, started_at: '2026-05-04T10:00:00.000Z', end_to_end_ms: 1000, cost_usd: costUsd(prices, 1, 1000) }),
      resultRow({ workers: 2, started_at: '2026-05-04T10:00:09.000Z', end_to_end_ms: 1000, cost_usd: costUsd(prices, 2, 1000) }),
    ];
    const cost = campaignCost(rows, prices);
    expect(cost?.clusterUsd).toBeCloseTo(costUsd(prices, 2, 10_000), 12);
    expect(cost?.idleShare).toBeCloseTo(1 - (0.292 + 0.484) / 4.84, 9);
    expect(campaignCost([resultRow()], prices)).toBeNull();
  });

  it('has a date and only positive prices in its table', () => {
    expect(PRICES.asOf).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(Object.values(PRICES.instanceUsdPerHour).every((price) => price > 0)).toBe(true);
  });
});

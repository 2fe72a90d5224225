import { geometricMeanOfRatios, INTERVAL_METHOD, intervalWorth, medianEstimate, ratioOfSums, sumEstimate } from '../../workloads/results/bootstrap.js';
import { comparable, deviation, weigh } from '../../workloads/results/comparison.js';
import { seededRandom } from '../../workloads/model/seeded-random.js';
import { OTHER_DATASET_ID, resultRow } from '../fixtures/result-rows.js';

const STEADY = [100, 101, 99, 100];

describe('an interval', () => {
  it('holds the median of its values, never leaves them, and is the same each time', () => {
    const estimate = medianEstimate([10, 12, 11, 30]);
    expect(estimate).toEqual(medianEstimate([10, 12, 11, 30]));
    expect(estimate).toMatchObject({ value: 11.5, low: 10, high: 30 });
    expect(medianEstimate([7, 7, 7, 7])).toEqual({ value: 7, low: 7, high: 7 });
    expect(medianEstimate([])).toBeNull();
  });

  it('holds the true median about as often as it is said to, of many repetitions', () => {
    const random = seededRandom(5);
    const isCaught = (): boolean => {
      const { low, high } = medianEstimate(Array.from({ length: 15 }, () => random())) ?? { low: NaN, high: NaN };
      return low <= 0.5 && 0.5 <= high;
    };
    const caught = Array.from({ length: 60 }, isCaught).filter(Boolean).length / 60;
    expect(caught).toBeGreaterThan(0.85);
    expect(caught).toBeLessThan(1);
  });

  it('says what it is worth with few repetitions', () => {
    expect(intervalWorth(4)).toBe('Of 4 repetitions an interval reaches from the smallest to the largest at most, which holds the true median in 87.5 % of cases, not in 95 %.');
    expect(intervalWorth(10)).toMatch(/in 99\.8 % of cases\.$/);
    expect(intervalWorth(1)).toBe('A single repetition has no interval.');
    expect(INTERVAL_METHOD).toContain('2000 resamples');
  });

  it('of a sum is narrower than the sum of its parts: not all queries are slow at once', () => {
    const noisy = [80, 90, 110, 120];
    const queries = Array.from({ length: 22 }, () => noisy);
    const { value, low, high } = sumEstimate(queries);
    expect(value).toBe(2200);
    expect(high - low).toBeLessThan(22 * 40 * 0.5);
  });

  it('of a ratio and of a geometric mean holds the true one', () => {
    const { ratio } = ratioOfSums([STEADY, [10, 11, 9, 10]], [[200, 202, 198, 200], [10, 11, 9, 10]]);
    expect(ratio.value).toBeCloseTo(210 / 110, 12);
    expect(ratio.low).toBeLessThan(210 / 110);
    expect(ratio.high).toBeGreaterThan(210 / 110);
    expect(geometricMeanOfRatios([STEADY, [10, 10, 10, 10]], [[400, 400, 400, 400], [10, 10, 10, 10]]).value).toBeCloseTo(2, 1);
  });
});

describe('a claim', () => {
  it('is made for a difference beyond intervals and noise, in either direction', () => {
    expect(weigh([STEADY], [[150, 151, 149, 150]], 0.02)).toMatchObject({ ratio: 1.5, claim: 'slower', whyNot: null, noise: 0.02 });
    expect(weigh([STEADY], [[50, 51, 49, 50]], 0.02)).toMatchObject({ ratio: 0.5, claim: 'faster' });
  });

  it('is not made where the intervals overlap', () => {
    expect(weigh([[100, 130, 90, 110]], [[120, 95, 140, 125]], 0)).toMatchObject({ claim: null, whyNot: 'intervals overlap' });
  });

  it('is not made for a difference that an engine has from itself', () => {
    expect(weigh([STEADY], [[110, 111, 109, 110]], 0.12)).toMatchObject({ claim: null, whyNot: 'within the noise' });
    expect(weigh([[110, 111, 109, 110]], [STEADY], 0.12).claim).toBeNull();
  });

  it('would be made without the null run (planted)', () => {
    expect(weigh([STEADY], [[110, 111, 109, 110]], null).claim).toBe('slower');
  });

  it('is not made of single repetitions, whose intervals are points', () => {
    expect(weigh([[100]], [[200]], 0.01)).toMatchObject({ claim: null, whyNot: 'too few repetitions' });
  });

  it('measures how far from equal the same upwards and downwards', () => {
    expect(deviation(1.25)).toBeCloseTo(deviation(0.8), 12);
    expect(deviation(1)).toBe(0);
  });
});

describe('rows', () => {
  it('may be set against each other where only engine and settings differ', () => {
    expect(comparable(resultRow(), resultRow({ engine: 'spark', variant: 'default', tier: 'tuned', workers: 4, repetition: 3 }))).toBeNull();
  });

  it.each([
    ['dataset', { dataset_id: OTHER_DATASET_ID }, /the data differ/],
    ['query', { query: 'Q6' }, /the queries differ: Q1 and Q6/],
    ['protocol, with the family of the texts', { protocol_id: 'p2' }, /different rules/],
    ['node shape', { node_shape: '2 × m5.xlarge' }, /the machines differ: local and 2 × m5\.xlarge/],
    ['cluster', { cluster_id: 'bench-beta' }, /different clusters: null and bench-beta/],
  ])('are refused when they differ in %s', (_name, changes, message) => {
    expect(comparable(resultRow(), resultRow(changes))).toMatch(message);
  });
});

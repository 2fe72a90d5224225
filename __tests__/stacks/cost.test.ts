import { PRICES } from '../../images/versions.js';
import { hourlyCost } from '../../stacks/cost.js';
import { RETAINED_STACKS } from '../../workloads/model/physical-names.js';
import { configWith } from './stacks-of.js';

describe('the cost of an hour', () => {
  it('of a phase is its control plane, its workers and its system node', () => {
    const { usdPerHour, parts } = hourlyCost('beta-stack', configWith({ cluster: { workers: 4 } }));
    expect(parts).toEqual([
      { what: 'EKS control plane', usdPerHour: 0.1 },
      { what: '4 × m5.xlarge', usdPerHour: 0.768 },
      { what: '1 × m5.xlarge for coordinators and operators', usdPerHour: 0.192 },
    ]);
    expect(usdPerHour).toBe(1.06);
  });

  it('grows with the nodes and their type', () => {
    const { usdPerHour } = hourlyCost('alpha-stack', configWith({ cluster: { nodeType: 'c7i.4xlarge', systemNodeType: 'm6i.xlarge', workers: 8 } }));
    expect(usdPerHour).toBe(0.1 + 8 * 0.714 + 0.192);
  });

  it('is nothing in a cluster that exists, and nothing for what is retained', () => {
    expect(hourlyCost('alpha-stack', configWith({ cluster: { attachTo: 'shared' } }))).toEqual({ usdPerHour: 0, parts: [] });
    expect(RETAINED_STACKS.map((name) => hourlyCost(name, configWith()).usdPerHour)).toEqual([0, 0, 0, 0]);
  });

  it('is known for every type that may be configured', () => {
    for (const type of Object.keys(PRICES.instanceUsdPerHour)) {
      expect(hourlyCost('alpha-stack', configWith({ cluster: { nodeType: type } })).usdPerHour).toBeGreaterThan(0.3);
    }
  });
});

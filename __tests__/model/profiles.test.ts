import { mergeConfig } from '../../workloads/model/bench-config/merge.js';
import { composeConfig } from '../../workloads/model/bench-config/profiles.js';

describe('one configuration over another', () => {
  it.each([
    ['a field', { region: 'a' }, { region: 'b' }, { region: 'b' }],
    ['a field that was not there', { region: 'a' }, { owner: 'me' }, { region: 'a', owner: 'me' }],
    ['a field within another', { cluster: { workers: 4, nodeType: 'x' } }, { cluster: { workers: 8 } }, { cluster: { workers: 8, nodeType: 'x' } }],
    ['a list, as a whole', { datasets: [{ scaleFactor: 1 }, { scaleFactor: 2 }] }, { datasets: [{ scaleFactor: 10 }] }, { datasets: [{ scaleFactor: 10 }] }],
    ['null, which takes a field away', { schedule: '0 3 * * *', region: 'a' }, { schedule: null }, { region: 'a' }],
    ['an object over text', { state: 'local' }, { state: { backend: 'local' } }, { state: { backend: 'local' } }],
    ['text over an object, for the check to refuse', { cluster: { workers: 4 } }, { cluster: 'shared' }, { cluster: 'shared' }],
    ['nothing', { region: 'a' }, {}, { region: 'a' }],
    ['a list over everything, for the check to refuse', { region: 'a' }, [], []],
  ])('lays over it %s', (_what, base, over, merged) => {
    const before = structuredClone([base, over]);
    expect(mergeConfig(base, over)).toEqual(merged);
    expect([base, over]).toEqual(before);
  });
});

describe('a profile', () => {
  const context = { profiles: { default: { cluster: { workers: 4 } }, scaling: { cluster: { workers: 8 } } } };

  it('is laid under the personal file', () => {
    expect(composeConfig({ context, profile: 'scaling', personal: { owner: 'me', cluster: { nodeType: 'm6i.xlarge' } } }))
      .toEqual({ input: { owner: 'me', cluster: { workers: 8, nodeType: 'm6i.xlarge' } } });
  });

  it('is enough without a personal file', () => {
    expect(composeConfig({ context, profile: 'default', personal: undefined })).toEqual({ input: { cluster: { workers: 4 } } });
  });

  it.each([[undefined], [null], ['text'], [{}], [{ profiles: null }]])('is empty by default where the project has none (%j)', (none) => {
    expect(composeConfig({ context: none, profile: 'default', personal: { owner: 'me' } })).toEqual({ input: { owner: 'me' } });
  });

  it('that nobody wrote is told with those that are there', () => {
    expect(composeConfig({ context, profile: 'scalign', personal: undefined }))
      .toEqual({ problems: ['FLOWBENCH_PROFILE: "scalign" is no profile of cdktf.json; known are default, scaling, did you mean scaling?'] });
    expect(composeConfig({ context: undefined, profile: 'huge', personal: undefined }))
      .toEqual({ problems: ['FLOWBENCH_PROFILE: "huge" is no profile of cdktf.json; known are none.'] });
  });
});

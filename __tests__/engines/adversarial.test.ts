import { describeShardedAnswers } from './adversarial-suite.js';

describe('sharded answers', () => {
  describeShardedAnswers({ name: 'sorted, 84 row groups', options: { seed: 1, rowGroups: 84, orders: 300 }, maxWorkers: 16, dealt: ['random', 'balanced'] });
  describeShardedAnswers({ name: 'one row group', options: { seed: 3, rowGroups: 1 }, maxWorkers: 16, dealt: ['random'] });
  describeShardedAnswers({ name: 'a single order, so that most queries have no row group to read', options: { seed: 7, rowGroups: 1, orders: 1 }, maxWorkers: 3, dealt: ['random'] });
});

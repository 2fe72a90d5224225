import { describeShardedAnswers } from './adversarial-suite.js';

describe('sharded answers', () => {
  describeShardedAnswers({ name: 'sorted, 84 row groups', options: { seed: 11, rowGroups: 84 }, maxWorkers: 16, dealt: ['random', 'random', 'balanced', 'contiguous'] });
  describeShardedAnswers({ name: 'sorted, 1,000 row groups', options: { seed: 12, rowGroups: 1_000 }, maxWorkers: 16, dealt: ['random', 'balanced', 'contiguous'] });
  describeShardedAnswers({ name: 'scattered, 40 row groups', options: { seed: 14, rowGroups: 40, sorted: false }, maxWorkers: 16, dealt: ['random', 'random', 'balanced'] });
  describeShardedAnswers({ name: 'doubles', options: { seed: 15, rowGroups: 20, numeric: 'double' }, maxWorkers: 16, dealt: ['random', 'contiguous'] });
  describeShardedAnswers({ name: 'few orders, fewer row groups than workers', options: { seed: 16, rowGroups: 9, orders: 12 }, maxWorkers: 16, dealt: ['random', 'balanced', 'contiguous'] });
});

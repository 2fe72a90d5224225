import { DuckDBRunner } from '../../workloads/engines/duckdb.js';
import { describeEngineContract } from './contract.js';

const runner = (): DuckDBRunner => new DuckDBRunner();

describeEngineContract('duckdb', {
  runner,
  labelStartsWith: 'DuckDB ',
  slow: { runner, query: { id: 'Q1', text: 'SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3' } },
  failing: { runner, query: { id: 'Q1', text: "SELECT l_comment::INTEGER FROM lineitem" } },
});

import { parseQueryId, queryFileStem } from '../../workloads/model/queries.js';
import { cellId, rowId, type CellKey } from '../../workloads/model/result-row.js';

const key: CellKey = {
  dataset_id: 'sha256:a', protocol_id: 'p', engine: 'flow', variant: 'metadata-cache=off', tier: 'default', replica: 1, executor: 'warm',
  assignment: 'balanced', workers: 2, threads_per_worker: 1, query: 'Q1',
};

describe('the identity of a cell', () => {
  it.each(Object.keys(key) as (keyof CellKey)[])('changes with %s', (field) => {
    const other = { ...key, [field]: typeof key[field] === 'number' ? 7 : 'other' };
    expect(cellId(other)).not.toBe(cellId(key));
  });

  it('is the same in another run, while the row is not', () => {
    expect(cellId({ ...key })).toBe(cellId(key));
    expect(rowId('run-1', cellId(key), 1)).not.toBe(rowId('run-2', cellId(key), 1));
    expect(rowId('run-1', cellId(key), 1)).not.toBe(rowId('run-1', cellId(key), 2));
  });
});

describe('a query id', () => {
  it.each([['Q1', 'Q1'], ['q01', 'Q1'], ['22', 'Q22'], [' Q9 ', 'Q9']])('%p is %s', (text, id) => {
    expect(parseQueryId(text)).toBe(id);
  });

  it.each(['Q0', 'Q23', '', 'Q1a', 'lineitem'])('%p is refused with the list of what exists', (text) => {
    expect(() => parseQueryId(text)).toThrow(/Unknown query/);
  });

  it('has a file name that sorts', () => {
    expect(queryFileStem('Q7')).toBe('Q07');
    expect(queryFileStem('Q22')).toBe('Q22');
  });
});

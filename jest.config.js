/** Tests run from the TypeScript sources; ESM-only libraries are transformed too, as jest loads CommonJS. */
const esmOnly = ['@observablehq', 'd3', 'd3-.*', 'internmap', 'delaunator', 'robust-predicates', 'interval-tree-1d', 'isoformat', 'binary-search-bounds', 'hyparquet', 'linkedom', 'zod', 'simple-statistics', 'fast-check', 'pure-rand'];

module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/__tests__'],
  testMatch: ['**/*.test.ts'],
  transform: { '^.+\\.(t|m?j)s$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }] },
  // Sources import each other as `x.js`, the name they have once compiled.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'] },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  testPathIgnorePatterns: ['/node_modules/', '/lib/'],
  maxWorkers: 2,
  testSequencer: '<rootDir>/__tests__/fixtures/longest-first.cjs',
  globalSetup: '<rootDir>/__tests__/fixtures/temporary-folder.cjs',
  globalTeardown: '<rootDir>/__tests__/fixtures/temporary-folder-end.cjs',
};

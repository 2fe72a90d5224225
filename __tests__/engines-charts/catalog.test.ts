import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { glueColumns } from '../../constructs/engines/glue-dataset.js';
import { TrinoCluster } from '../../constructs/engines/trino-cluster.js';
import { hiveCatalog } from '../../constructs/engines/trino-catalog.js';
import { takesProperty, TRINO_PROPERTIES, TRINO_RELEASES, trinoReleaseProblems } from '../../workloads/model/trino-properties.js';
import { TABLE_NAMES, TPCH_SCHEMA } from '../../workloads/tpch/schema.js';
import { ENGINE_VERSIONS, THIRD_PARTY_IMAGES } from '../../images/versions.js';
import { DATA_BUCKET, engineStack, PROJECT, REGION } from './support.js';

const releases = Array.from({ length: TRINO_RELEASES.newest - TRINO_RELEASES.oldest + 1 }, (_, index) => TRINO_RELEASES.oldest + index);

describe('property names', () => {
  test.each(releases)('Trino %i is told of S3 by exactly one name, and of nothing that it refuses to start on', (release) => {
    const names = Object.keys(hiveCatalog(String(release), REGION));
    expect(names.filter((name) => /^fs\./.test(name))).toEqual([release <= 480 ? 'fs.native-s3.enabled' : 'fs.s3.enabled']);
    expect(names.filter((name) => !takesProperty(release, name))).toEqual([]);
  });

  test.each([
    [480, 'fs.s3.enabled'], [481, 'fs.hadoop.enabled'], [481, 'hive.s3.path-style-access'], [482, 'hive.max-initial-splits'],
    [482, 's3.auth-type'], [483, 's3.use-web-identity-token-credentials-provider'],
  ])('Trino %i would refuse %s', (release, name) => {
    expect(takesProperty(release, name)).toBe(false);
  });

  test('every name that moved says where that is written', () => {
    for (const property of TRINO_PROPERTIES) expect(property.source).toMatch(/Trino \d{3} release notes|trinodb\/trino#\d+/);
  });

  test('the release that is deployed is one whose names are known, and its image has the same number', () => {
    expect(trinoReleaseProblems(ENGINE_VERSIONS.trino)).toEqual([]);
    expect(THIRD_PARTY_IMAGES.trino.tag).toBe(ENGINE_VERSIONS.trino);
    expect(trinoReleaseProblems('475')).toHaveLength(1);
    expect(trinoReleaseProblems('latest')).toHaveLength(1);
  });
});

interface Table {
  readonly storage_descriptor: { readonly location: string };
  readonly lifecycle: { readonly ignore_changes: readonly string[] };
}

describe('Glue tables', () => {
  const stack = engineStack(({ stack: scope, cluster, datasetBucket }) => {
    const datasets = [{ prefix: 'tpch/sf10', numeric: 'decimal' }, { prefix: 'tpch/sf1-double', numeric: 'double' }] as const;
    new TrinoCluster(scope, 'Trino', { cluster, project: PROJECT, region: REGION, datasetBucket, roleName: 'trino', datasets });
  });
  const tables = Object.values(stack.resources('aws_glue_catalog_table')) as unknown as readonly Table[];

  test('each dataset has a database of its own with the eight tables over its files', () => {
    expect(Object.values(stack.resources('aws_glue_catalog_database')).map((database) => database.name)).toEqual(['ematix_flow_bench_tpch_sf10', 'ematix_flow_bench_tpch_sf1_double']);
    expect(tables).toHaveLength(16);
    expect(tables.map((table) => table.storage_descriptor.location).sort()).toEqual(
      ['tpch/sf10', 'tpch/sf1-double'].flatMap((prefix) => TABLE_NAMES.map((table) => `s3://${DATA_BUCKET}/${prefix}/${table}/`)).sort(),
    );
  });

  test('what ANALYZE writes is nobody else’s change; columns and files still are', () => {
    for (const { lifecycle: { ignore_changes: ignored } } of tables) {
      expect(ignored).toContain('parameters');
      expect(ignored.filter((path) => /columns|location/.test(path))).toEqual([]);
    }
  });

  test('columns are those of the suite, in its order', () => {
    for (const table of TABLE_NAMES) expect(glueColumns(table, 'decimal').map((column) => column.name)).toEqual(TPCH_SCHEMA[table].columns.map(([name]) => name));
  });

  test('money is decimal(15,2), or double where the dataset was derived so; text has no length; dates are dates', () => {
    const types = (numeric: 'decimal' | 'double') => Object.fromEntries(glueColumns('lineitem', numeric).map(({ name, type }) => [name, type]));
    expect(types('decimal')).toMatchObject({ l_orderkey: 'bigint', l_linenumber: 'int', l_quantity: 'decimal(15,2)', l_tax: 'decimal(15,2)', l_shipdate: 'date', l_comment: 'string' });
    expect(types('double')).toMatchObject({ l_orderkey: 'bigint', l_linenumber: 'int', l_quantity: 'double', l_tax: 'double', l_shipdate: 'date', l_comment: 'string' });
  });

  test('the files of the sample hold the columns that the tables declare', () => {
    const manifest = JSON.parse(readFileSync(join(__dirname, '../../workloads/tpch/sample/sf0.01/_flowbench/manifest.json'), 'utf8')) as {
      readonly tables: Readonly<Record<string, { readonly columns: readonly { readonly name: string }[] }>>;
    };
    for (const table of TABLE_NAMES) expect(glueColumns(table, 'decimal').map(({ name }) => name)).toEqual(manifest.tables[table]?.columns.map(({ name }) => name));
  });
});

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Packages of development and infrastructure, and clients that our programs bring within their own files. */
const NOT_IN_AN_IMAGE = /^(cdktf|cdktf-cli|constructs|typescript|jest|eslint|esbuild|ts-.*|playwright.*|kubernetes-models|@(cdktf|aws-sdk|smithy|jest|babel|esbuild|typescript-eslint|kubernetes|google-cloud|aws-cdk)\/.*)$/;
const NOT_A_PROGRAM = /(^|\/)(__tests__|constructs|stacks|bench)\/|^app\/.*\.tsbuildinfo$|\.(test|heavy)\.[jt]s$/;

export interface ImageContents {
  /** `apache-arrow`, `@duckdb/node-bindings`. */
  readonly packages: readonly string[];
  readonly bytes: number;
  /** What should not be there. */
  readonly problems: readonly string[];
}

/** What an assembled image holds, looked at file by file. */
export function contentsOf(folder: string): ImageContents {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const packages = [...new Set(files.flatMap((path) => /^.*node_modules\/((?:@[^/]+\/)?[^./][^/]*)\//.exec(path)?.[1] ?? []))].sort();
  const own = files.filter((path) => !path.includes('node_modules/'));
  return {
    packages,
    bytes: files.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0),
    problems: [
      ...packages.filter((name) => NOT_IN_AN_IMAGE.test(name)).map((name) => `the package ${name}`),
      ...own.filter((path) => NOT_A_PROGRAM.test(path)),
      ...own.filter((path) => !/^(app\/(bin|lib)\/|app\/package\.json$|opt\/flowbench\/httpfs\.duckdb_extension$)/.test(path)).map((path) => `${path}, which is of no part of an image`),
    ],
  };
}

import { basename, join } from 'node:path';
import ts from 'typescript';
import { PROJECT_ROOT } from '../architecture/project-tree.js';
import { manifestSchema } from '../../workloads/model/manifest.js';
import { resultRowSchema } from '../../workloads/model/result-row.js';
import { workUnitV1Schema, workUnitV2Schema } from '../../workloads/model/work-unit.js';
import { workerMetricsSchema } from '../../workloads/model/worker-metrics.js';

/** The contracts a JSON snippet can be an example of. */
const SCHEMAS = {
  'work-unit-v1': workUnitV1Schema, 'work-unit-v2': workUnitV2Schema, 'worker-metrics': workerMetricsSchema, 'result-row': resultRowSchema, manifest: manifestSchema,
} as const;

/** What is wrong with an example of a contract. */
export function problemsWithJson(contract: string, text: string): string[] {
  const schema = Object.entries(SCHEMAS).find(([name]) => name === contract)?.[1];
  if (schema === undefined) return [`"${contract}" is no contract; known: ${Object.keys(SCHEMAS).join(', ')}`];
  const parsed = schema.safeParse(JSON.parse(text));
  return parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

/**
 * Type-checks a TypeScript snippet as if it were the file that its first line names
 * (`// workloads/engines/example.ts`); the snippets of one document see each other.
 */
export function problemsWithTypes(snippets: readonly string[]): string[] {
  const files = new Map<string, string>();
  for (const text of snippets) {
    const path = /^\/\/ ([\w./-]+\.ts)\n/.exec(text)?.[1];
    if (path === undefined) return [`a TypeScript snippet must begin with the file it stands for, "// workloads/…/name.ts"`];
    files.set(join(PROJECT_ROOT, path), text);
  }
  const config = ts.readConfigFile(join(PROJECT_ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config as object;
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, PROJECT_ROOT);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.readFile = (path) => files.get(path) ?? readFile(path);
  host.fileExists = (path) => files.has(path) || fileExists(path);
  const program = ts.createProgram([...files.keys()], { ...options, noEmit: true, types: ['node'] }, host);
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      (diagnostic) => `${basename(path)}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')}`,
    );
  });
}

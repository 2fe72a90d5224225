import ts from 'typescript';

export interface ImportedName {
  /** As written: `../model/errors.js`, `zod`, `node:fs`. */
  readonly specifier: string;
  readonly line: number;
  /** Gone after compilation: costs nothing at start. */
  readonly typeOnly: boolean;
  /** `import()`: loaded when reached. */
  readonly lazy: boolean;
}

/** What the rules need to know of one TypeScript file. */
export interface SourceFacts {
  readonly imports: readonly ImportedName[];
  readonly exportStarLines: readonly number[];
  readonly environmentLines: readonly number[];
  readonly linesOfCode: number;
}

/** Reads a file's imports and habits from its syntax tree, so that comments and strings never count. */
export function readFacts(path: string, text: string): SourceFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: ImportedName[] = [];
  const exportStarLines: number[] = [];
  const environmentLines: number[] = [];
  const codeLines = new Set<number>();
  const lineOf = (position: number): number => file.getLineAndCharacterOfPosition(position).line + 1;

  const visit = (node: ts.Node): void => {
    const found = importedBy(node);
    if (found !== undefined) imports.push({ ...found, line: lineOf(node.getStart(file)) });
    if (ts.isExportDeclaration(node) && node.exportClause === undefined) exportStarLines.push(lineOf(node.getStart(file)));
    if (readsEnvironment(node)) environmentLines.push(lineOf(node.getStart(file)));
    const children = node.getChildren(file);
    if (children.length === 0 && node.getWidth(file) > 0) {
      for (let line = lineOf(node.getStart(file)); line <= lineOf(node.getEnd()); line += 1) codeLines.add(line);
    }
    for (const child of children) if (!ts.isJSDoc(child)) visit(child);
  };
  visit(file);
  return { imports, exportStarLines, environmentLines, linesOfCode: codeLines.size };
}

function importedBy(node: ts.Node): Omit<ImportedName, 'line'> | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: isTypeOnly(node.importClause), lazy: false };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly, lazy: false };
  }
  if (ts.isCallExpression(node)) {
    const [argument] = node.arguments;
    const lazy = node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const required = ts.isIdentifier(node.expression) && node.expression.text === 'require';
    if ((lazy || required) && argument !== undefined && ts.isStringLiteralLike(argument)) return { specifier: argument.text, typeOnly: false, lazy };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    return { specifier: node.argument.literal.text, typeOnly: true, lazy: false };
  }
  return undefined;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.every((element) => element.isTypeOnly);
}

/** `process.env`, `process['env']`, `import { env } from 'node:process'`. */
function readsEnvironment(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env';
  if (ts.isElementAccessExpression(node)) {
    return isProcess(node.expression) && ts.isStringLiteralLike(node.argumentExpression) && node.argumentExpression.text === 'env';
  }
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier) && /^(node:)?process$/.test(node.moduleSpecifier.text)) {
    const named = node.importClause?.namedBindings;
    return named !== undefined && ts.isNamedImports(named) && named.elements.some((element) => (element.propertyName ?? element.name).text === 'env');
  }
  return false;
}

function isProcess(node: ts.Expression): boolean {
  return (ts.isIdentifier(node) && node.text === 'process') || (ts.isPropertyAccessExpression(node) && node.name.text === 'process');
}

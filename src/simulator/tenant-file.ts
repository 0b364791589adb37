/** Tenants from a YAML or JSON file: Graph-shaped users and groups with passwords and sign-in behaviour. */
import { readFileSync } from 'node:fs';
import { LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type FilePath, buildTenant } from './tenant-file-builder.ts';
import { tenantFileSchema, unknownProperties } from './tenant-file-schema.ts';
import type { TenantModel } from './tenant/tenant-model.ts';

/** One thing that is wrong with a tenant file. Lines and columns begin at 1. */
export interface TenantFileProblem {
  readonly line: number;
  readonly column: number;
  /** Where in the document, such as `users[3].signIn`. */
  readonly path: string;
  readonly message: string;
}

/** A tenant file that cannot be used; `message` lists every problem as `file:line:column path: what is wrong`. */
export class TenantFileError extends Error {
  override readonly name = 'TenantFileError';
  readonly problems: readonly TenantFileProblem[];

  constructor(file: string, problems: readonly TenantFileProblem[]) {
    const lines = problems.map(({ line, column, path, message }) => `${file}:${line}:${column} ${path}: ${message}`);
    super(lines.join('\n'));
    this.problems = problems;
  }
}

/** Reads a tenant file. Throws a {@link TenantFileError}, or the system's error when the file cannot be read. */
export function loadTenantFile(path: string): TenantModel {
  return parseTenant(readFileSync(path, 'utf8'), path);
}

/** Makes a tenant of the text of a tenant file; `name` is what problems call it. Throws a {@link TenantFileError}. */
export function parseTenant(text: string, name: string): TenantModel {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const syntax = document.errors.map((error) => ({
    ...at(error.pos[0]),
    path: '(syntax)',
    message: error.message.split('\n')[0] ?? error.message,
  }));
  if (syntax.length > 0) throw new TenantFileError(name, syntax);
  const located = (path: FilePath, message: string): TenantFileProblem => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return { ...at(node.range[0]), path: pathText(path), message };
    }
    return { line: 1, column: 1, path: pathText(path), message };
  };
  const raw: unknown = document.toJS();
  const parsed = tenantFileSchema.safeParse(raw);
  const unknown = unknownProperties(raw).map(({ path, message }) => located(path, message));
  if (!parsed.success)
    throw new TenantFileError(name, [...parsed.error.issues.flatMap((issue) => explain(issue, located)), ...unknown]);
  const problems = unknown;
  const tenant = buildTenant(parsed.data, (path, message) => problems.push(located(path, message)));
  if (problems.length > 0) throw new TenantFileError(name, problems);
  return tenant;
}

function explain(
  issue: z.core.$ZodIssue,
  located: (path: FilePath, message: string) => TenantFileProblem,
): TenantFileProblem[] {
  const path = issue.path.filter((key) => typeof key !== 'symbol');
  if (issue.code !== 'unrecognized_keys') return [located(path, issue.message)];
  return issue.keys.map((key) => located([...path, key], 'is not a known key'));
}

function pathText(path: FilePath): string {
  return (
    path
      .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
      .join('')
      .replace(/^\./, '') || '(document)'
  );
}

/** What every kind of file that is checked against a schema has in common. */
import type { z } from 'zod';
import type { ConfigProblem, Finding, KeyPath } from './problem.ts';
import { formatPath } from './problem.ts';
import { isSection, keysAt } from './readable.ts';
import { unresolved } from './substitute.ts';
import { unknownKey } from './unknown-keys.ts';
import type { YamlDocument } from './yaml-document.ts';

/** A finding with its place in the file. */
export function placed(file: string, document: YamlDocument, { path, at, message }: Finding): ConfigProblem {
  const { line, column } = document.locate(path, at);
  return { file, line, column, key: formatPath(path), message };
}

/** Problems of one file in the order in which they stand there. */
export function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
}

/** What an issue of a schema says about a document of it. */
export function findingsOf(schema: z.ZodType, issue: z.core.$ZodIssue, value: unknown): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(schema, path, key));
  const at = valueAt(value, path);
  // What could not be replaced was reported with its cause.
  return at === unresolved ? [] : [{ path, at: 'value', message: issue.message }];
}

/** A section whose keys are all commented out is null in YAML; it is the same as an empty one. */
export function fillSections(schema: z.ZodType, value: unknown, path: KeyPath = []): unknown {
  if ((value === null || value === undefined) && keysAt(schema, path) !== undefined) return {};
  if (Array.isArray(value)) return value.map((item, index) => fillSections(schema, item, [...path, index]));
  if (!isSection(value)) return value;
  const filled: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) filled[key] = fillSections(schema, item, [...path, key]);
  return filled;
}

/** The value at a path of a tree of plain values; undefined when it has none. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof step === 'number') current = Array.isArray(current) ? current[step] : undefined;
    else current = isSection(current) && Object.hasOwn(current, step) ? current[step] : undefined;
  }
  return current;
}

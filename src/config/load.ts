import { dirname } from 'node:path';
import type { z } from 'zod';
import { buildConfig, resolvePath } from './build.ts';
import type { Config } from './config.ts';
import { namedFileProblems } from './named-files.ts';
import type { ConfigProblem, Finding, KeyPath } from './problem.ts';
import { formatPath } from './problem.ts';
import { isSection, keysAt, readableParts } from './readable.ts';
import { brokenRules, doubts } from './rules.ts';
import { configSchema } from './schema.ts';
import { hasSubstitution, substituteAll, unresolved } from './substitute.ts';
import { unknownKey } from './unknown-keys.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

/** Where a configuration text comes from and what it may look at. */
export interface ConfigSource {
  /** The path of the file, for messages and as the start of relative paths. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a text file (UTF-8); throws what the file system throws. */
  readonly readFile: (path: string) => string;
}

/**
 * A configuration with remarks on what is probably not meant, or every problem that it has, in the order of the file.
 * `storePath` is the folder of the store where a configuration with problems still names it: a running daemon is found by it.
 */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[]; readonly storePath: string | undefined };

/**
 * Reads a configuration (YAML 1.2). Never throws, keeps no state, and touches nothing but `env` and `readFile`. All
 * problems are found at once, except that a text which is not YAML says nothing about its keys.
 */
export function parseConfig(text: string, { file, env, readFile }: ConfigSource): ConfigResult {
  const folder = dirname(file);
  const readNear = readOnce((path) => readFile(resolvePath(folder, path)));
  const document = readYaml(text);
  const problems: ConfigProblem[] = document.problems.map((problem) => ({ file, key: '', ...problem }));
  const place = (findings: readonly Finding[]): ConfigProblem[] =>
    findings.map((finding) => placed(file, document, finding));
  if (!document.understood) return { ok: false, problems, storePath: undefined };

  const written = fillSections(document.value, []);
  const [value, missing] = substituteAll(written, { env, readFile: readNear });
  const parsed = configSchema.safeParse(value);
  const parts = readableParts(configSchema, value);
  problems.push(
    ...place(missing),
    ...place((parsed.error?.issues ?? []).flatMap((issue) => findingsOf(issue, value))),
    ...place(brokenRules(parts, (path) => valueAt(value, path) !== undefined)),
    ...place(namedFileProblems(parts, readNear)),
  );
  if (!parsed.success || problems.length > 0) {
    const path = parts?.store?.path;
    return { ok: false, problems: inFileOrder(problems), storePath: path && resolvePath(folder, path) };
  }
  const isInFile = (path: KeyPath): boolean => {
    const text = valueAt(written, path);
    return typeof text === 'string' && !hasSubstitution(text);
  };
  const config = buildConfig(parsed.data, { folder, readFile: readNear });
  return { ok: true, config, warnings: inFileOrder(place(doubts(parts, isInFile))) };
}

/** A file that was checked must not have gone, or have another content, when it is used. */
function readOnce(readFile: (path: string) => string): (path: string) => string {
  const contents = new Map<string, string>();
  return (path) => {
    const content = contents.get(path) ?? readFile(path);
    contents.set(path, content);
    return content;
  };
}

function placed(file: string, document: YamlDocument, { path, at, message }: Finding): ConfigProblem {
  const { line, column } = document.locate(path, at);
  return { file, line, column, key: formatPath(path), message };
}

function inFileOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
}

function findingsOf(issue: z.core.$ZodIssue, value: unknown): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
  const at = valueAt(value, path);
  // What could not be replaced was reported with its cause.
  return at === unresolved ? [] : [{ path, at: 'value', message: issue.message }];
}

/** A section whose keys are all commented out is null in YAML; it is the same as an empty one. */
function fillSections(value: unknown, path: KeyPath): unknown {
  if ((value === null || value === undefined) && keysAt(configSchema, path) !== undefined) return {};
  if (Array.isArray(value)) return value.map((item, index) => fillSections(item, [...path, index]));
  if (!isSection(value)) return value;
  const filled: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, item] of Object.entries(value)) filled[key] = fillSections(item, [...path, key]);
  return filled;
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let current = value;
  for (const step of path) {
    if (typeof step === 'number') current = Array.isArray(current) ? current[step] : undefined;
    else current = isSection(current) && Object.hasOwn(current, step) ? current[step] : undefined;
  }
  return current;
}

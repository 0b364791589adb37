import type { Finding, KeyPath } from './problem.ts';
import type { Reading } from './units.ts';

/** What `${env:…}` and `${file:…}` may look at. */
export interface Substitutions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a text file; the path is as written in the configuration. Throws what the file system throws. */
  readonly readFile: (path: string) => string;
}

/** What a text that holds a substitution looks like, as a regular expression for editors. */
export const substitutionPattern = String.raw`\$\{(env|file):[^}]+\}`;

/** Stands for a text whose substitution failed: the failure was reported, so nothing more is said about it. */
export const unresolved: unique symbol = Symbol('unresolved');

const REFERENCE = /\$(\$\{)|\$\{([^}]*)(\}?)/g;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** True when the text takes at least a part of its value from outside the file. */
export function hasSubstitution(text: string): boolean {
  return new RegExp(substitutionPattern).test(text.replaceAll('$${', ''));
}

/**
 * Replaces `${env:NAME}` and `${file:PATH}` in every text of a tree of plain values; `$${` stands for a plain `${`.
 * The content of a file loses one line break at its end. What cannot be replaced is reported and becomes undefined.
 */
export function substituteAll(value: unknown, from: Substitutions, path: KeyPath = []): [unknown, Finding[]] {
  if (typeof value === 'string') {
    const { text, faults } = substitute(value, from);
    const findings = faults.map((message): Finding => ({ path, at: 'value', message }));
    return [faults.length === 0 ? text : unresolved, findings];
  }
  if (Array.isArray(value)) {
    const parts = value.map((item, index) => substituteAll(item, from, [...path, index]));
    return [parts.map(([item]) => item), parts.flatMap(([, findings]) => findings)];
  }
  if (typeof value !== 'object' || value === null) return [value, []];
  const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const findings: Finding[] = [];
  for (const [key, item] of Object.entries(value)) {
    const [replaced, itsFindings] = substituteAll(item, from, [...path, key]);
    result[key] = replaced;
    findings.push(...itsFindings);
  }
  return [result, findings];
}

function substitute(text: string, from: Substitutions): { text: string; faults: string[] } {
  const faults: string[] = [];
  const replaced = text.replaceAll(REFERENCE, (_, escaped: string | undefined, body: string, end: string) => {
    if (escaped !== undefined) return escaped;
    const reading = end === '' ? { problem: 'a ${ has no closing }' } : resolve(body, from);
    if ('value' in reading) return reading.value;
    faults.push(reading.problem);
    return '';
  });
  return { text: replaced, faults };
}

function resolve(body: string, from: Substitutions): Reading<string> {
  if (body.startsWith('env:')) return environmentVariable(body.slice(4), from.env);
  if (body.startsWith('file:')) return fileContent(body.slice(5), from.readFile);
  return { problem: 'only ${env:NAME} and ${file:PATH} are replaced; write $${ for a plain ${' };
}

function environmentVariable(name: string, env: Substitutions['env']): Reading<string> {
  if (!ENV_NAME.test(name)) return { problem: 'the name in ${env:NAME} must be letters, digits and _' };
  // Own properties only: `${env:constructor}` is not set.
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value === undefined) return { problem: `the environment variable ${name} is not set; set it before the start` };
  return { value };
}

function fileContent(path: string, readFile: Substitutions['readFile']): Reading<string> {
  if (path.trim() === '') return { problem: 'the path in ${file:PATH} is missing' };
  const reading = readTextFile(path, readFile);
  if ('problem' in reading) return { problem: `the file ${JSON.stringify(path)} ${reading.problem}` };
  return { value: reading.value.replace(/\r?\n$/, '') };
}

/** Reads a file that the configuration names; the problem says why it cannot be read: `does not exist; …`. */
export function readTextFile(path: string, readFile: Substitutions['readFile']): Reading<string> {
  try {
    return { value: readFile(path) };
  } catch (error) {
    return { problem: whyUnreadable(error) };
  }
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
      return 'does not exist; relative paths start at the folder of the configuration file';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by the user that runs this program; change its owner or mode';
    case 'EISDIR':
      return 'is a folder, not a file';
    default:
      return `cannot be read (${code})`;
  }
}

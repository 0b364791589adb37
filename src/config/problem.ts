/**
 * Something wrong with, or doubtful about, the configuration. No part of it ever quotes a value from the file, because
 * a secret may have been written in the wrong place; `line` and `column` (both from 1) lead the reader to it instead.
 */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Where in the document, for instance `ldap.listen[0]`; empty for the document as a whole. */
  readonly key: string;
  /** What is wrong, what is allowed and how to fix it. */
  readonly message: string;
}

/** Keys and list positions from the root of the document to one of its values. */
export type KeyPath = readonly (string | number)[];

/** A problem whose place in the file is not yet worked out. `at` says whether to point at the key or at its value. */
export interface Finding {
  readonly path: KeyPath;
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** A finding that points at a key. */
export function atKey(path: KeyPath, message: string): Finding {
  return { path, at: 'key', message };
}

const KEY_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/** True when a key is a plausible name and may be shown; a key such as `secret:hunter2` is a value with a missing space. */
export function isShowableKey(key: string): boolean {
  return KEY_NAME.test(key);
}

/** Writes a path as people do: `serviceAccounts[1].name`. Keys that may hide a value are shown as `?`. */
export function formatPath(path: KeyPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += (text === '' ? '' : '.') + (isShowableKey(step) ? step : '?');
  }
  return text;
}

/** One line for the terminal: `file:line:column key: message`. */
export function formatProblem(problem: ConfigProblem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  return problem.key === '' ? `${place} ${problem.message}` : `${place} ${problem.key}: ${problem.message}`;
}

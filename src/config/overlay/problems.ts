import type { ConfigProblem, KeyPath } from '../problem.ts';
import { formatPath } from '../problem.ts';
import type { YamlDocument } from '../yaml-document.ts';

/** So many problems of one file are told; whoever has more has made one mistake many times. */
const overlayProblemsMax = 100;

/** Collects the problems of one overlay file with their places. */
export class FileProblems {
  readonly #file: string;
  readonly #problems: ConfigProblem[] = [];
  #more = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(problem: Omit<ConfigProblem, 'file'>): void {
    if (this.#problems.length < overlayProblemsMax) this.#problems.push({ file: this.#file, ...problem });
    else this.#more++;
  }

  /** In the order of the file. */
  get list(): readonly ConfigProblem[] {
    const sorted = this.#problems.toSorted((left, right) => left.line - right.line || left.column - right.column);
    const last = sorted.at(-1);
    if (last === undefined || this.#more === 0) return sorted;
    const message = `${this.#more} more problems are not listed; mend these first`;
    return [...sorted, { ...last, key: '', message }];
  }
}

/** Reports a problem at a key or a value of a document. */
export type ReportAt = (path: KeyPath, message: string, at?: 'key' | 'value') => void;

/** Reports problems of a YAML document. */
export function reporter(problems: FileProblems, document: YamlDocument): ReportAt {
  return (path, message, at = 'value') =>
    problems.add({ ...document.locate(path, at), key: formatPath(path), message });
}

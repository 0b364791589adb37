import { createInterface } from 'node:readline/promises';
import type { Reading } from '../../config/units.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import type { Shell } from '../shell.ts';

/** One thing that `init` wants to know. */
export interface Question<T> {
  /** The option that answers it without being asked. */
  readonly option: string;
  readonly prompt: string;
  /** What the option said. */
  readonly given: string | undefined;
  /** What an empty answer means; undefined when there has to be one. */
  readonly fallback: string | undefined;
  /** `problem` continues "the answer …". */
  readonly read: (answer: string) => Reading<T>;
}

const attemptsMax = 5;

/** Gets answers: from options, else from the person at the terminal, else by the fallbacks. */
export class Questioner {
  readonly #shell: Shell;
  readonly #asks: boolean;
  readonly #signal: AbortSignal;

  /** `asks`: whether there is somebody to ask. The signal ends a question that waits for its answer. */
  constructor(shell: Shell, asks: boolean, signal: AbortSignal) {
    this.#shell = shell;
    this.#asks = asks;
    this.#signal = signal;
  }

  /** Throws a usage failure for an option that is wrong, or missing with nobody to ask. */
  async ask<T>(question: Question<T>): Promise<T> {
    const { option, given, fallback, read } = question;
    if (given === undefined && this.#asks) return this.#askPerson(question);
    const text = given ?? fallback;
    if (text === undefined) throw usageFailure(`--${option} is needed when there is no terminal to ask at.`);
    const reading = read(text);
    if ('problem' in reading) throw usageFailure(`--${option} ${reading.problem}.`);
    return reading.value;
  }

  async #askPerson<T>({ prompt, fallback, read }: Question<T>): Promise<T> {
    const { stdin, stderr } = this.#shell;
    const hint = fallback === undefined ? '' : ` [${fallback}]`;
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const answer = (await this.#line(`${prompt}${hint}: `)).trim();
      const text = answer === '' ? fallback : answer;
      const reading: Reading<T> = text === undefined ? { problem: 'is needed' } : read(text);
      if ('value' in reading) return reading.value;
      stderr.write(`The answer ${reading.problem}.\n`);
    }
    stdin.pause();
    throw usageFailure('That was not understood. Nothing was written.');
  }

  async #line(prompt: string): Promise<string> {
    const ended = new AbortController();
    const stopped = AbortSignal.any([ended.signal, this.#signal]);
    const lines = createInterface({ input: this.#shell.stdin, output: this.#shell.stderr, terminal: false });
    // The end of input, by Ctrl-D for instance, would leave the question open for ever.
    lines.once('close', () => ended.abort());
    try {
      return await lines.question(prompt, { signal: stopped });
    } catch (error) {
      if (!stopped.aborted) throw error;
      throw new CommandFailure(exitCodes.interrupted, '\nNothing was written.', { cause: error });
    } finally {
      lines.close();
    }
  }
}

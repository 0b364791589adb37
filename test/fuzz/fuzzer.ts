/**
 * A coverage-guided fuzzer: an input that goes where none went before is kept, cut down to what makes it new, and changed
 * further. All its choices come from one seed.
 */
import { seededChoice } from '../support/seeded-choice.ts';
import type { Choose } from '../support/model-tenant.ts';
import type { Coverage, Execution } from './coverage.ts';
import { mutate } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

/** What {@link fuzz} is given. */
export interface FuzzOptions {
  readonly target: FuzzTarget;
  readonly seed: number;
  readonly coverage: Coverage;
  /** Inputs to begin with. */
  readonly corpus: readonly Buffer[];
  /** Asked before each execution of a new input: true ends it. */
  readonly enough: (runs: number) => boolean;
  /** Ends it when so many different ones were found; 5 when left out. */
  readonly crashesMax?: number;
  /** False keeps changing without looking at what was reached: for the proof that the looking is what finds. */
  readonly guided?: boolean;
}

/** An input with which a promise is broken. */
export interface Crash {
  readonly input: Buffer;
  readonly reason: string;
}

/** What came of it. */
export interface FuzzReport {
  readonly runs: number;
  /** How many blocks, by order of magnitude of their counts, were reached. */
  readonly features: number;
  /** Inputs that reach all of it, those given first. */
  readonly corpus: readonly Buffer[];
  /** Those of them that reach a block that none before them reached, not just one more often. */
  readonly essential: readonly Buffer[];
  readonly crashes: readonly Crash[];
}

/** Inputs that are executed between two looks at what was reached: a look takes longer than most executions. */
const batchSize = 16;
/** An input of a few kilobytes that takes so long has found something that takes more than linear time. */
const runMsMax = 2_000;

/** Fuzzes one target. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const session = new FuzzSession(options);
  await session.begin(options.corpus);
  while (session.crashes.length < (options.crashesMax ?? 5) && !options.enough(session.runs)) await session.step();
  const { runs, features, corpus, essential, crashes } = session;
  return { runs, features: features.size, corpus, essential, crashes };
}

class FuzzSession {
  readonly #options: FuzzOptions;
  readonly #choose: Choose;
  readonly features = new Set<number>();
  readonly #blocks = new Set<number>();
  readonly corpus: Buffer[] = [];
  readonly essential: Buffer[] = [];
  readonly crashes: Crash[] = [];
  runs = 0;

  constructor(options: FuzzOptions) {
    this.#options = options;
    this.#choose = seededChoice(options.seed);
  }

  /** Executes the given inputs, the shortest first, so that a long one is kept only for what no shorter one reaches. */
  async begin(inputs: readonly Buffer[]): Promise<void> {
    const { target } = this.#options;
    // The first executions compile and load; what they go through is not what the inputs are about.
    for (const input of inputs.slice(0, 3)) await this.#execute(input).catch(() => {});
    const fitting = inputs.filter(({ length }) => length <= target.bytesMax);
    for (const input of fitting.sort((a, b) => a.length - b.length)) {
      const execution = await this.#tried(input);
      if (execution !== undefined && this.#isNews(execution)) this.#keep(input, execution);
    }
    if (this.corpus.length === 0) this.corpus.push(Buffer.alloc(0));
  }

  /** A batch of new inputs, each looked at by itself when all together have reached something new, and sometimes anyway. */
  async step(): Promise<void> {
    const { target } = this.#options;
    const { words, bytesMax } = target;
    const inputs = Array.from({ length: batchSize }, () =>
      mutate(this.#parent(), { choose: this.#choose, words, other: this.#parent(), bytesMax }),
    );
    // How often blocks are executed is seen for single inputs only.
    if (this.#choose(4) > 0 && !(await this.#isNewsTogether(inputs))) return;
    for (const input of inputs) await this.#look(input);
  }

  async #isNewsTogether(inputs: readonly Buffer[]): Promise<boolean> {
    const { target, coverage } = this.#options;
    for (const input of inputs) {
      this.runs++;
      try {
        await target.run(Buffer.from(input));
      } catch {
        return true;
      }
    }
    const { blocks, steps } = coverage.take();
    const { fixed, perByte } = target.steps;
    if (steps > fixed + perByte * Math.max(...inputs.map(({ length }) => length))) return true;
    for (const block of blocks) if (!this.#blocks.has(block)) return true;
    return false;
  }

  async #look(input: Buffer): Promise<void> {
    const execution = await this.#tried(input);
    if (this.#options.guided === false || execution === undefined || !this.#isNews(execution)) return;
    const news = [...execution.features].filter((feature) => !this.features.has(feature));
    const short = await this.#shorten(input, async (candidate) => {
      const { features } = await this.#execute(candidate).catch(() => nothingExecuted);
      return news.every((feature) => features.has(feature));
    });
    this.#keep(short, execution);
  }

  /** Any input, the latest more often: what is new has not been looked round in. */
  #parent(): Buffer {
    const latest = this.#choose(3) === 0 ? Math.min(8, this.corpus.length) : this.corpus.length;
    return this.corpus[this.corpus.length - 1 - this.#choose(latest)] ?? Buffer.alloc(0);
  }

  #isNews({ features }: Execution): boolean {
    for (const feature of features) if (!this.features.has(feature)) return true;
    return false;
  }

  #keep(input: Buffer, { features, blocks }: Execution): void {
    const known = this.#blocks.size;
    for (const block of blocks) this.#blocks.add(block);
    this.corpus.push(input);
    if (this.#blocks.size > known) this.essential.push(input);
    for (const feature of features) this.features.add(feature);
  }

  /** What the input did; undefined when it broke a promise, which is then noted. */
  async #tried(input: Buffer): Promise<Execution | undefined> {
    try {
      return await this.#execute(input);
    } catch (error) {
      const reason = reasonOf(error);
      if (this.crashes.some((crash) => crash.reason === reason)) return undefined;
      const same = async (candidate: Buffer): Promise<boolean> => {
        const again: unknown = await this.#execute(candidate).catch((other: unknown) => other);
        return again instanceof Error && reasonOf(again) === reason;
      };
      this.crashes.push({ input: await this.#shorten(input, same), reason });
      return undefined;
    }
  }

  async #execute(input: Buffer): Promise<Execution> {
    const { target, coverage } = this.#options;
    this.runs++;
    const startedMs = performance.now();
    try {
      await target.run(Buffer.from(input));
    } catch (error) {
      coverage.take();
      throw error;
    }
    if (performance.now() - startedMs > runMsMax) throw new Error(`took more than ${runMsMax} ms`);
    const execution = coverage.take();
    const stepsMax = target.steps.fixed + target.steps.perByte * input.length;
    if (execution.steps > stepsMax) throw new Error('took more steps than a linear amount of work would');
    return execution;
  }

  /** Leaves out what it can while `holds` stays true. */
  async #shorten(input: Buffer, holds: (candidate: Buffer) => Promise<boolean>): Promise<Buffer> {
    let short = input;
    for (let size = Math.ceil(input.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 4)) {
      for (let at = 0, tries = 0; at < short.length && tries < 24; tries++) {
        const candidate = Buffer.concat([short.subarray(0, at), short.subarray(at + size)]);
        if (await holds(candidate)) short = candidate;
        else at += size;
      }
    }
    return short;
  }
}

const nothingExecuted: Execution = { features: new Set(), blocks: new Set(), steps: 0 };

/** The same for the same mistake, whatever the input. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = /\n\s+at (?:async )?([^\n]*)/.exec(error.stack ?? '')?.[1] ?? '';
  return `${error.name}: ${error.message.split('\n', 1)[0]?.replaceAll(/\d+/g, '#')} at ${place.replace(/^.*\//, '').replace(/\)$/, '')}`;
}

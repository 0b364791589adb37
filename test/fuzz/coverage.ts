/**
 * Which parts of the program an execution went through, and how often, from the block counters of V8. A feature is one
 * block together with the order of magnitude of its count, so that a loop that runs longer than ever before is news too.
 */
import { type Profiler, Session } from 'node:inspector';

/** What one execution did. */
export interface Execution {
  readonly features: ReadonlySet<number>;
  /** The blocks that were executed at all. */
  readonly blocks: ReadonlySet<number>;
  /** Executions of blocks, loops counted as often as they turned: a measure of work that no clock disturbs. */
  readonly steps: number;
}

const offsetFactor = 2 ** 18;
const bucketCount = 8;

/** 0, 1, 2, 3, up to 7, up to 15, up to 127, more: as American Fuzzy Lop groups counts. */
function bucketOf(count: number): number {
  if (count <= 3) return count;
  if (count < 8) return 4;
  if (count < 16) return 5;
  return count < 128 ? 6 : 7;
}

/** Counts blocks of the scripts whose URL is accepted, until disposed of. There can be one at a time in a process. */
export class Coverage implements Disposable {
  readonly #session = new Session();
  readonly #accepts: (url: string) => boolean;
  readonly #scripts = new Map<string, number>();
  /** Blocks seen so far by function. V8 leaves a block out when its count is that of the block around it. */
  readonly #blocks = new Map<number, Map<number, Profiler.CoverageRange>>();

  constructor(accepts: (url: string) => boolean) {
    this.#accepts = accepts;
    this.#session.connect();
    this.#post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What was executed since the last call. */
  take(): Execution {
    const features = new Set<number>();
    const blocks = new Set<number>();
    let steps = 0;
    for (const { url, functions } of this.#takeCoverage()) {
      if (!this.#accepts(url)) continue;
      const script = this.#scriptNumber(url);
      for (const { ranges } of functions) {
        for (const { count } of ranges) steps += count;
        this.#addFeatures(script, ranges, features, blocks);
      }
    }
    return { features, blocks, steps };
  }

  [Symbol.dispose](): void {
    this.#post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  #post(method: 'Profiler.enable' | 'Profiler.stopPreciseCoverage'): void {
    this.#session.post(method);
  }

  /** The session lives in this thread, so the answer is there before `post` returns. */
  #takeCoverage(): readonly Profiler.ScriptCoverage[] {
    let answer: readonly Profiler.ScriptCoverage[] | undefined;
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      answer = result;
    });
    if (answer === undefined) throw new Error('the profiler did not answer at once');
    return answer;
  }

  #scriptNumber(url: string): number {
    const known = this.#scripts.get(url);
    if (known !== undefined) return known;
    this.#scripts.set(url, this.#scripts.size);
    return this.#scripts.size - 1;
  }

  #addFeatures(
    script: number,
    ranges: readonly Profiler.CoverageRange[],
    features: Set<number>,
    executed: Set<number>,
  ): void {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return;
    const functionKey = script * offsetFactor + whole.startOffset;
    const blocks = this.#blocks.get(functionKey) ?? new Map<number, Profiler.CoverageRange>();
    this.#blocks.set(functionKey, blocks);
    for (const range of ranges) {
      const key = range.startOffset * offsetFactor + range.endOffset;
      if (!blocks.has(key)) blocks.set(key, range);
    }
    for (const block of blocks.values()) {
      const count = countOf(block, ranges);
      const key = (script * offsetFactor + block.startOffset) * offsetFactor + block.endOffset;
      if (count > 0) executed.add(key);
      features.add(key * bucketCount + bucketOf(count));
    }
  }
}

/** The count of a block is that of the smallest reported range around it. Ranges come outermost first. */
function countOf(block: Profiler.CoverageRange, ranges: readonly Profiler.CoverageRange[]): number {
  let count = 0;
  for (const range of ranges) {
    if (range.startOffset <= block.startOffset && range.endOffset >= block.endOffset) ({ count } = range);
  }
  return count;
}

/** Trouble on demand: what goes wrong, for which requests and how often. */
import { z } from 'zod';

const retryAfterSchema = z.discriminatedUnion('form', [
  z.strictObject({ form: z.literal('decimal'), seconds: z.number().nonnegative() }),
  z.strictObject({ form: z.literal('date'), seconds: z.number().nonnegative() }),
  z.strictObject({ form: z.literal('none') }),
]);

const matchSchema = z.strictObject({
  /** A kind of request as the statistics name it, such as `usersDelta` or `token`. */
  kind: z.string().optional(),
  /** A regular expression for the path. */
  path: z.string().optional(),
  method: z.string().optional(),
});

/** The shape of a fault as the control interface takes it. */
export const faultSchema = z.strictObject({
  kind: z.enum([
    'throttled',
    'serverError',
    'unavailableHtml',
    'connectionReset',
    'truncatedBody',
    'slow',
    'expiredToken',
    'forbidden',
    'replayedPage',
    'emptyPage',
    'foreignNextLink',
  ]),
  match: matchSchema.default({}),
  /** How many matching requests it hits; default 1. */
  count: z.number().int().positive().default(1),
  /** How many matching requests pass before the first hit. */
  after: z.number().int().nonnegative().default(0),
  /** `throttled`, `unavailableHtml`: the form of the Retry-After header; default 1 second, decimal. */
  retryAfter: retryAfterSchema.default({ form: 'decimal', seconds: 1 }),
  /** `serverError`: the status. */
  status: z.number().int().min(500).max(599).default(500),
  /** `slow`: for how long; without it until the control interface releases slow answers. */
  delayMs: z.number().nonnegative().optional(),
});

/** A fault as a caller writes it; everything but `kind` has a default. */
export type FaultRequest = z.input<typeof faultSchema>;

/** A fault with its defaults filled in. */
export type Fault = z.output<typeof faultSchema>;

interface Waiting {
  readonly id: number;
  readonly fault: Fault;
  readonly path: RegExp | undefined;
  after: number;
  left: number;
}

const ANSWER_FAULTS: ReadonlySet<string> = new Set(['throttled', 'serverError', 'unavailableHtml', 'forbidden']);
const PAGE_FAULTS: ReadonlySet<string> = new Set(['replayedPage', 'emptyPage', 'foreignNextLink']);

/** The faults that wait for a request. */
export class Faults {
  readonly #waiting: Waiting[] = [];
  #nextId = 1;

  /** Adds a fault and returns its number. Throws a ZodError or SyntaxError when it makes no sense. */
  inject(request: FaultRequest): number {
    const fault = faultSchema.parse(request);
    const path = fault.match.path === undefined ? undefined : new RegExp(fault.match.path);
    const id = this.#nextId;
    this.#nextId += 1;
    this.#waiting.push({ id, fault, path, after: fault.after, left: fault.count });
    return id;
  }

  /** Takes back one fault, or all. */
  clear(id?: number): void {
    const kept = id === undefined ? [] : this.#waiting.filter((each) => each.id !== id);
    this.#waiting.splice(0, this.#waiting.length, ...kept);
  }

  /** How many hits the waiting faults still have to give. */
  get pending(): number {
    return this.#waiting.reduce((sum, each) => sum + each.left, 0);
  }

  /** The fault that hits this request, counted as used; faults are tried in the order in which they were injected. */
  take(kind: string, method: string, path: string): Fault | undefined {
    return this.#take((each) => applies(each, kind, method, path));
  }

  /** As {@link Faults.take}, for a request inside a batch: only of the faults that an answer can have that is not alone. */
  takeAnswer(kind: string, method: string, path: string): Fault | undefined {
    return this.#take((each) => ANSWER_FAULTS.has(each.fault.kind) && applies(each, kind, method, path));
  }

  #take(hits: (each: Waiting) => boolean): Fault | undefined {
    for (const each of this.#waiting) {
      if (!hits(each)) continue;
      if (each.after > 0) {
        each.after -= 1;
        continue;
      }
      each.left -= 1;
      if (each.left === 0) this.#waiting.splice(this.#waiting.indexOf(each), 1);
      return each.fault;
    }
    return undefined;
  }
}

function applies({ fault, path: pattern }: Waiting, kind: string, method: string, path: string): boolean {
  const { match } = fault;
  if (PAGE_FAULTS.has(fault.kind) && !kind.endsWith('Delta')) return false;
  if (match.kind !== undefined && match.kind !== kind) return false;
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  return pattern === undefined || pattern.test(path);
}

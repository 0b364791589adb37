import type { Control } from '../../src/simulator/control/control.ts';
import { type FaultRequest, faultSchema } from '../../src/simulator/control/faults.ts';
import type { Choose } from './model-tenant.ts';

const halfHourMs = 30 * 60 * 1000;
const kinds = faultSchema.shape.kind.options;
const requestKinds = ['usersDelta', 'groupsDelta', 'users', 'groups', 'members', 'token', undefined] as const;
const outages = ['connectionReset', 'unavailableHtml', 'throttled'] as const;
const expiries = ['gone', 'syncStateNotFound', 'resyncRequired'] as const;
const retryAfters = [
  { form: 'none' },
  { form: 'decimal', seconds: 2.5 },
  { form: 'date', seconds: 40 },
  { form: 'decimal', seconds: 3600 },
] as const;

/** What goes wrong at Microsoft, one random thing at a time. */
export class MicrosoftTrouble {
  readonly #control: Control;
  readonly #choose: Choose;
  readonly #tell: (what: string, details?: string) => void;
  #outageEndsMs = 0;

  constructor(control: Control, choose: Choose, tell: (what: string, details?: string) => void) {
    this.#control = control;
    this.#choose = choose;
    this.#tell = tell;
  }

  /** Something may be about to go wrong. */
  brew(nowMs: number): void {
    if (this.#outageEndsMs !== 0) return;
    if (this.#once(120)) {
      this.#outage(nowMs);
      return;
    }
    // A fault waits for the request that it is meant for, though not for ever.
    if (this.#once(4)) this.#control.clearFaults();
    if (this.#once(6)) this.#fault();
    if (this.#once(30)) {
      const form = this.#one(expiries);
      this.#tell('expired links', form);
      this.#control.expireDeltaTokens(form);
    }
    if (this.#once(15)) this.#control.expireAccessTokens();
  }

  /** Outages end when their time is over. */
  pass(nowMs: number): void {
    if (this.#outageEndsMs === 0 || nowMs < this.#outageEndsMs) return;
    this.#tell('outage ends');
    this.end();
  }

  /** Nothing is wrong any more. */
  end(): void {
    this.#control.clearFaults();
    this.#outageEndsMs = 0;
  }

  #outage(nowMs: number): void {
    const kind = this.#one(outages);
    this.#outageEndsMs = nowMs + (1 + this.#choose(12)) * halfHourMs;
    this.#tell('outage', kind);
    this.#control.injectFault({ kind, count: 1_000_000, retryAfter: { form: 'none' } });
  }

  #fault(): void {
    const request = requestKinds[this.#choose(requestKinds.length)];
    const fault: FaultRequest = {
      kind: this.#one(kinds),
      ...(request === undefined ? {} : { match: { kind: request } }),
      count: 1 + this.#choose(3),
      after: this.#choose(4),
      retryAfter: this.#one(retryAfters),
    };
    this.#tell(`fault ${fault.kind}`, JSON.stringify(fault));
    this.#control.injectFault(fault);
  }

  #once(inSoMany: number): boolean {
    return this.#choose(inSoMany) === 0;
  }

  #one<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    const item = items[this.#choose(items.length)];
    if (item === undefined) throw new RangeError('there is nothing to choose from');
    return item;
  }
}

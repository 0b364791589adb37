/** How often somebody tried to sign in with a password. */
export interface SignInCount {
  readonly attempts: number;
  readonly succeeded: number;
  /** The AADSTS code of the latest attempt, 0 after a success. */
  readonly lastCode: number;
}

/** What the simulator has been asked since it started or since the last reset. */
export interface StatisticsSnapshot {
  readonly requests: Readonly<Record<string, number>>;
  /** Requests inside batches by kind; they are not among the others. */
  readonly inBatches: Readonly<Record<string, number>>;
  /** The `$select` of the latest request that had one, by the kind of request. */
  readonly selections: Readonly<Record<string, string>>;
  /** Answers by HTTP status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly tokensIssued: number;
  /** Password attempts by user principal name in lower case as it was sent. */
  readonly signIns: Readonly<Record<string, SignInCount>>;
  readonly resourceUnits: number;
  readonly throttled: number;
}

/** Names beyond this many are counted together, so that guessing names cannot grow the memory. */
const SIGN_IN_NAMES_MAX = 100_000;
const OTHER_NAMES = '(others)';

/** The counters behind {@link StatisticsSnapshot}. */
export class Statistics {
  #requests = new Map<string, number>();
  #inBatches = new Map<string, number>();
  #selections = new Map<string, string>();
  #statuses = new Map<string, number>();
  #signIns = new Map<string, SignInCount>();
  #tokensIssued = 0;
  #resourceUnits = 0;
  #throttled = 0;

  request(kind: string): void {
    this.#requests.set(kind, (this.#requests.get(kind) ?? 0) + 1);
  }

  inBatch(kind: string): void {
    this.#inBatches.set(kind, (this.#inBatches.get(kind) ?? 0) + 1);
  }

  selected(kind: string, select: string | undefined): void {
    if (select !== undefined) this.#selections.set(kind, select);
  }

  status(status: number): void {
    const key = String(status);
    this.#statuses.set(key, (this.#statuses.get(key) ?? 0) + 1);
  }

  tokenIssued(): void {
    this.#tokensIssued += 1;
  }

  signIn(principalName: string, code: number): void {
    const lower = principalName.toLowerCase();
    const key = this.#signIns.has(lower) || this.#signIns.size < SIGN_IN_NAMES_MAX ? lower : OTHER_NAMES;
    const before = this.#signIns.get(key) ?? { attempts: 0, succeeded: 0, lastCode: 0 };
    this.#signIns.set(key, {
      attempts: before.attempts + 1,
      succeeded: before.succeeded + (code === 0 ? 1 : 0),
      lastCode: code,
    });
  }

  spend(resourceUnits: number): void {
    this.#resourceUnits += resourceUnits;
  }

  throttled(): void {
    this.#throttled += 1;
  }

  reset(): void {
    this.#requests = new Map();
    this.#inBatches = new Map();
    this.#selections = new Map();
    this.#statuses = new Map();
    this.#signIns = new Map();
    this.#tokensIssued = 0;
    this.#resourceUnits = 0;
    this.#throttled = 0;
  }

  snapshot(): StatisticsSnapshot {
    return {
      requests: Object.fromEntries(this.#requests),
      inBatches: Object.fromEntries(this.#inBatches),
      selections: Object.fromEntries(this.#selections),
      statuses: Object.fromEntries(this.#statuses),
      tokensIssued: this.#tokensIssued,
      signIns: Object.fromEntries(this.#signIns),
      resourceUnits: this.#resourceUnits,
      throttled: this.#throttled,
    };
  }
}

/**
 * Who may get in by which password, worked out from what Entra has said and what was published: the sentences of docs/binding.md,
 * and nothing of the code that decides binds.
 */
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** What an administrator decides of how long what is remembered. */
export interface TruthSettings {
  readonly acceptedMs: number;
  readonly refusedMs: number;
  readonly remembered: { readonly freshMs: number; readonly outageMs: number } | undefined;
  readonly acceptProven: readonly number[];
}

interface Kept {
  readonly password: string;
  readonly atMs: number;
  readonly code: number | undefined;
  readonly key: string;
}

/** Who binds by what, and from where. */
export interface Use {
  readonly who: string;
  readonly password: string;
  readonly network: string;
  /** With a one-time code, so that nothing of it is remembered as accepted, and nothing that is opens anything. */
  readonly isForOnce: boolean;
  /** Whether what is remembered for longer may be used there, and is kept. */
  readonly isRememberedOpen: boolean;
}

/** What is known of the passwords of one person. */
class Known {
  /** The password that Entra has found right for the bind that is under way. */
  justFound: string | undefined;
  /** When Entra has last found which password right from where, as long as that may be remembered for a moment. */
  readonly found = new Map<string, number>();
  /** What may be remembered for longer. */
  kept: Kept | undefined;
  /** Until when something that was let in by what is no longer kept may be remembered for a moment still. */
  readonly grace = new Map<string, number>();
  /** When which octets were refused, as long as that may be remembered. */
  readonly refused = new Map<string, number>();
}

/** Follows what happens, and says what may and what must get in. Time is passed in. */
export class BindTruth {
  readonly #known = new Map<string, Known>();
  #settings: TruthSettings;
  /** The ids of the keys that are there, the newest first. */
  #keys: readonly string[];
  #lastOutMs = Number.NEGATIVE_INFINITY;

  constructor(settings: TruthSettings, keys: readonly string[]) {
    this.#settings = settings;
    this.#keys = keys;
  }

  /** A bind begins. */
  begins(who: string): void {
    this.#of(who).justFound = undefined;
  }

  /** Entra has said that a password is right, perhaps with a code that is let through. */
  foundRight(use: Use, code: number | undefined, nowMs: number): void {
    const { who, password, network, isForOnce, isRememberedOpen } = use;
    const known = this.#of(who);
    if (isRememberedOpen || known.kept?.password !== password) this.#drop(known, nowMs);
    known.justFound = password;
    if (!isForOnce) known.found.set(`${password}\n${network}`, nowMs);
    if (isRememberedOpen) known.kept = { password, atMs: nowMs, code, key: this.#keys[0] ?? '' };
  }

  /** Entra has refused a password; `isProven` says that it is right nevertheless, `isClosed` that no password opens the account. */
  refusedByEntra(who: string, password: string, isProven: boolean, isClosed: boolean, nowMs: number): void {
    const known = this.#of(who);
    if (isClosed) {
      known.found.clear();
      known.grace.clear();
      known.kept = undefined;
    } else if (isProven || known.kept?.password === password) {
      this.#drop(known, nowMs);
    }
  }

  /** A bind has been answered that the name or the password is wrong. */
  answeredWrong(who: string, octets: string, nowMs: number): void {
    this.#of(who).refused.set(octets, nowMs);
  }

  /** A publish has changed the entry; with `isCredential`, when the password was changed or sessions were ended. */
  published(who: string, isCredential: boolean): void {
    const known = this.#of(who);
    forgetMoments(known);
    if (!isCredential) return;
    known.justFound = undefined;
    known.kept = undefined;
  }

  /** The settings are read again. */
  reloaded(settings: TruthSettings): void {
    this.#settings = settings;
    this.#forgetMoments();
    if (settings.remembered === undefined) for (const known of this.#known.values()) known.kept = undefined;
  }

  /** The process was started again, with these keys. */
  restarted(keys: readonly string[]): void {
    this.#keys = keys;
    this.#forgetMoments();
    if (this.#settings.remembered === undefined) for (const known of this.#known.values()) known.kept = undefined;
  }

  /** All remembered passwords were deleted. */
  cleared(): void {
    for (const known of this.#known.values()) known.kept = undefined;
  }

  /** Entra cannot be asked at this moment. */
  isOut(nowMs: number): void {
    this.#lastOutMs = nowMs;
  }

  /** Why a password may have got in; undefined when it must not have. Entra may just have been asked. */
  reasonFor({ who, password, network, isForOnce, isRememberedOpen }: Use, nowMs: number): string | undefined {
    const { acceptedMs, remembered } = this.#settings;
    const known = this.#of(who);
    const foundAtMs = isForOnce ? undefined : known.found.get(`${password}\n${network}`);
    const isOfMoment = foundAtMs !== undefined && nowMs - foundAtMs < acceptedMs;
    if (known.justFound === password || isOfMoment) return 'found right';
    if (!isForOnce && nowMs < (known.grace.get(password) ?? 0)) return 'accepted a moment ago';
    const kept = this.#keptOf(known, password);
    if (kept === undefined || remembered === undefined || !isRememberedOpen) return undefined;
    const ageMs = nowMs - kept.atMs;
    if (remembered.freshMs > 0 && ageMs <= remembered.freshMs) return 'remembered';
    // What was let in during an outage may be remembered for a moment when it is over.
    const isOutage = nowMs - this.#lastOutMs <= acceptedMs;
    return isOutage && remembered.outageMs > 0 && ageMs <= remembered.outageMs ? 'remembered for outages' : undefined;
  }

  /** Whether octets may be refused because they were wrong not long ago. */
  mayBeRefused(who: string, octets: string, nowMs: number): boolean {
    const atMs = this.#of(who).refused.get(octets);
    return atMs !== undefined && nowMs - atMs < this.#settings.refusedMs;
  }

  /** How long what is remembered goes on being good; undefined when nothing is. */
  restMs(who: string, nowMs: number): number | undefined {
    const { kept } = this.#of(who);
    const { remembered } = this.#settings;
    if (kept === undefined || remembered === undefined) return undefined;
    return kept.atMs + Math.max(remembered.freshMs, remembered.outageMs) - nowMs;
  }

  /** Whether a password has to get in though Entra cannot be asked. */
  mustOpenInOutage(who: string, password: string, octets: string, nowMs: number): boolean {
    const { remembered } = this.#settings;
    const kept = this.#keptOf(this.#of(who), password);
    if (kept === undefined || remembered === undefined || this.mayBeRefused(who, octets, nowMs)) return false;
    return nowMs - kept.atMs < Math.max(remembered.freshMs, remembered.outageMs);
  }

  #of(who: string): Known {
    const known = this.#known.get(who) ?? new Known();
    this.#known.set(who, known);
    return known;
  }

  #keptOf({ kept }: Known, password: string): Kept | undefined {
    if (kept?.password !== password || !this.#keys.includes(kept.key)) return undefined;
    return kept.code === undefined || this.#settings.acceptProven.includes(kept.code) ? kept : undefined;
  }

  #drop(known: Known, nowMs: number): void {
    if (known.kept !== undefined) known.grace.set(known.kept.password, nowMs + this.#settings.acceptedMs);
    known.kept = undefined;
  }

  #forgetMoments(): void {
    for (const known of this.#known.values()) forgetMoments(known);
  }
}

function forgetMoments(known: Known): void {
  known.found.clear();
  known.grace.clear();
  known.refused.clear();
}

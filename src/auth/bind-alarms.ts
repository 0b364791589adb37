import type { BindAlarm } from '../identity/auth-report.ts';
import { bindAlarmEnded, keysAlarmEnded } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { BoundedMap } from './bounded-map.ts';
import type { Verdict } from './chain.ts';
import type { GuardDecision } from './guard.ts';

/** What stands against binds until the administrator acts. */
export type Misconfiguration = Extract<Verdict, { kind: 'misconfigured' }>;

// Beyond so many it is not told any more that the last of them is mended.
const seedsMax = 8192;

/**
 * What stands against binds until the administrator acts: that Entra refuses this application, and that seeds of one-time codes cannot
 * be read. Each ends when what it is about works again, and neither by the other.
 */
export class BindAlarms {
  readonly #log: Log;
  readonly #clock: Pick<Clock, 'now'>;
  /** Whose seeds cannot be read. */
  readonly #seeds = new BoundedMap<true>(seedsMax);
  #entra: BindAlarm | undefined;
  #keys: BindAlarm | undefined;

  constructor(log: Log, clock: Pick<Clock, 'now'>) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Why Entra cannot be asked; undefined when it can. */
  get entra(): BindAlarm | undefined {
    return this.#entra;
  }

  /** Why the one-time codes of some cannot be checked; undefined when those of everybody can, as far as is known. */
  get keys(): BindAlarm | undefined {
    return this.#keys;
  }

  /** Takes note of a bind; `misconfiguration` is what the administrator has to mend, also where somebody got in nevertheless. */
  watch(decision: GuardDecision, misconfiguration: Misconfiguration | undefined, account: string | undefined): void {
    const { verdict } = decision;
    if (verdict.kind === 'accepted' && verdict.hasCode === true) this.seedMended(verdict.seedOwner ?? account ?? '');
    if (misconfiguration?.seedOwner !== undefined) {
      this.#seeds.set(misconfiguration.seedOwner, true);
      this.#keys = this.#raised(this.#keys, misconfiguration);
    } else if (misconfiguration !== undefined) {
      const aadsts = misconfiguration.entra?.aadsts ?? null;
      this.#entra = this.#raised(this.#entra?.aadsts === aadsts ? this.#entra : undefined, misconfiguration);
    } else if (this.#entra !== undefined && hasEntraAnswered(decision)) {
      this.#entra = undefined;
      bindAlarmEnded(this.#log);
    }
  }

  /** A seed can be read again, or is not there any more. */
  seedMended(owner: string): void {
    if (!this.#seeds.delete(owner) || this.#keys === undefined) return;
    const [another] = this.#seeds.entries();
    if (another !== undefined) return;
    this.#keys = undefined;
    keysAlarmEnded(this.#log);
  }

  #raised(before: BindAlarm | undefined, { reason, entra }: Misconfiguration): BindAlarm {
    const sinceMs = before?.sinceMs ?? this.#clock.now();
    return { reason, aadsts: entra?.aadsts ?? null, sinceMs, count: (before?.count ?? 0) + 1 };
  }
}

/** Whether Entra has said something about a password. */
function hasEntraAnswered({ link, verdict, isRemembered = false }: GuardDecision): boolean {
  const isDecided = verdict.kind === 'accepted' || verdict.kind === 'refused';
  return link === 'entra' && !isRemembered && isDecided && verdict.entra !== undefined;
}

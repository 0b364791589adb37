import { isIP } from 'node:net';

import {
  type AuthAdmin,
  type AuthReport,
  heldMax,
  type ShieldReport,
  type UnlockOutcome,
} from '../identity/auth-report.ts';
import type { BindEvent, BindEventQuery } from '../identity/bind-event.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { BindReporter } from './bind-reporter.ts';
import { accountKey } from './guard.ts';
import type { LinkPolicy } from './link-policy.ts';
import { networkOf } from './network.ts';
import type { RefusedPasswords } from './refused-passwords.ts';
import type { ServiceAccounts } from './service-accounts.ts';
import type { Shield } from './shield.ts';
import { identify } from './subject.ts';
import type { UserLookup } from './user-lookup.ts';

/** What {@link Administration} looks at. */
export interface AdministrationOptions {
  readonly shield: Shield;
  readonly refused: RefusedPasswords;
  readonly users: UserLookup;
  readonly services: () => ServiceAccounts;
  readonly policy: () => LinkPolicy;
  readonly reporter: BindReporter;
  readonly trail: AuditTrail;
  /** What of the configuration is reported. */
  readonly facts: () => Pick<AuthReport, 'entra' | 'acceptProven' | 'ntHashes'>;
}

/** What an administrator may ask about binds, and do about them. */
export class Administration implements AuthAdmin {
  readonly #options: AdministrationOptions;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  report(): AuthReport {
    const { shield, reporter, trail, facts, policy } = this.#options;
    let resting = 0;
    let limited = 0;
    for (const { locks } of shield.accounts()) if (locks > 0) resting += 1;
    for (const { left } of shield.networks()) if (left < 1) limited += 1;
    const { counts, byLink, alarms } = reporter;
    return {
      ...facts(),
      counts,
      byLink,
      alarm: alarms.entra ?? null,
      keysAlarm: alarms.keys ?? null,
      rules: policy().report(),
      auditProblem: trail.problem ?? null,
      resting,
      limited,
      strangersHeld: shield.isTotalSpent,
    };
  }

  shield(): ShieldReport {
    const { shield, users } = this.#options;
    const accounts = [...shield.accounts()].toSorted((a, b) => b.waitMs - a.waitMs || a.left - b.left);
    const networks = [...shield.networks()].toSorted((a, b) => a.left - b.left);
    return {
      accounts: accounts.slice(0, heldMax).map((account) => ({ ...account, dn: this.#dnOf(account.key, users) })),
      addresses: networks.slice(0, heldMax).map(({ network, ...rest }) => ({ address: network, ...rest })),
      isShortened: accounts.length > heldMax || networks.length > heldMax,
    };
  }

  unlock(name: string): UnlockOutcome | undefined {
    const { shield, refused, users, services } = this.#options;
    const address = name.endsWith('::/64') ? name : isIP(name) === 0 ? undefined : networkOf(name);
    if (address !== undefined) return { kind: 'address', name: address, wasHeld: shield.unlockNetwork(address) };
    const service = services().named(name);
    const identified =
      service === undefined
        ? identify(name, services(), users)
        : { subject: { kind: 'service', account: service } as const };
    const subject = 'subject' in identified ? identified.subject : undefined;
    const key = subject && accountKey(subject);
    if (key === undefined) return undefined;
    const wasHeld = [shield.unlockAccount(key), refused.forget(key)].includes(true);
    if (subject?.kind === 'service') return { kind: 'service', name: subject.account.dn, wasHeld };
    return subject?.kind === 'user' ? { kind: 'user', name: subject.user.dn, wasHeld } : undefined;
  }

  lastRefusal(objectId: string): { readonly atMs: number; readonly aadsts: number } | undefined {
    return this.#options.reporter.lastRefusal(objectId);
  }

  events(query: BindEventQuery): Promise<readonly BindEvent[]> {
    return this.#options.trail.read(query);
  }

  followEvents(query: BindEventQuery, signal: AbortSignal): AsyncGenerator<BindEvent, void, void> {
    return this.#options.trail.follow(query, signal);
  }

  #dnOf(key: string, users: UserLookup): string | null {
    const { services } = this.#options;
    if (key.startsWith('service:')) return services().named(key.slice('service:'.length))?.dn ?? null;
    const found = users.byObjectId(key.slice('user:'.length));
    return found.kind === 'user' ? found.user.dn : null;
  }
}

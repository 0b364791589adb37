/** Tells of groups and users that the configuration names and that cannot be told. */
import type { Access } from '../directory/access.ts';
import { DirectoryStorageError, type PublishedSource } from '../directory/reader.ts';
import type { BindRuleReport } from '../identity/bind-rule.ts';
import type { SudoReport } from '../identity/sudo.ts';
import type { PublicationFacts } from '../identity/view.ts';
import {
  accessGroupUnknown,
  bindGroupUnknown,
  policyGroupUnknown,
  sudoNameUnknown,
  sudoRuleHidden,
} from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import { projectionFingerprint } from '../projection/fingerprint.ts';
import { matchesFor } from '../projection/named-groups.ts';
import { type UnknownPolicyGroup, unknownPolicyGroups } from '../projection/policy.ts';
import { type UnknownPrimaryGroup, unknownPrimaryGroups } from '../projection/primary-group.ts';
import type { ProjectionSettings } from '../projection/settings.ts';
import type { Store } from '../store/store.ts';

/** Tells of groups that decide about users, and of names in sudo rules, that cannot be told, once each. */
export class PolicyReporter {
  readonly #store: Store;
  readonly #log: Log;
  readonly #settings: () => ProjectionSettings;
  #reported = new Set<string>();

  constructor(store: Store, log: Log, settings: () => ProjectionSettings) {
    this.#store = store;
    this.#log = log;
    this.#settings = settings;
  }

  /** Those that the published directory was made with; none while it was made with other settings. */
  get unknown(): readonly (UnknownPolicyGroup | UnknownPrimaryGroup)[] {
    const settings = this.#settings();
    const matches = this.#facts?.policyMatches;
    if (matches === undefined) return [];
    return [
      ...unknownPolicyGroups(settings.policy, matches),
      ...unknownPrimaryGroups(settings.users.primaryGroup, matchesFor('primary', settings, matches)),
    ];
  }

  /** What came of the sudo rules in the published directory; null without any, and while it was made with other settings. */
  get sudo(): SudoReport | null {
    return this.#facts?.sudo ?? null;
  }

  report(): void {
    const reported = new Set<string>();
    const once = <T>(each: T, tell: (log: Log, each: T) => void): void => {
      const key = JSON.stringify(each);
      if (!this.#reported.has(key)) tell(this.#log, each);
      reported.add(key);
    };
    for (const each of this.unknown) once({ ...each }, policyGroupUnknown);
    for (const each of this.sudo?.unknown ?? []) once({ ...each }, sudoNameUnknown);
    for (const rule of this.sudo?.hidden ?? []) once({ rule }, sudoRuleHidden);
    this.#reported = reported;
  }

  get #facts(): PublicationFacts | undefined {
    const { facts } = this.#store.view;
    return facts?.fingerprint === projectionFingerprint(this.#settings()) ? facts : undefined;
  }
}

/** Tells of groups that rights name and the directory does not have, now and whenever a publish, or who asks, changes which. */
export function reportUnknownGroups(
  access: Access,
  source: PublishedSource,
  log: Log,
): Disposable & { readonly report: () => void } {
  let reported = new Set<string>();
  const report = (): void => {
    try {
      using lease = source.acquire();
      const unknown = lease === undefined ? [] : access.unknownGroups(lease.reader);
      for (const facts of unknown) if (!reported.has(JSON.stringify(facts))) accessGroupUnknown(log, facts);
      reported = new Set(unknown.map((facts) => JSON.stringify(facts)));
    } catch (error) {
      // Whoever asks the directory for more than this report is told, and so is the administrator.
      if (!(error instanceof DirectoryStorageError)) throw error;
    }
  };
  report();
  const listening = source.onPublished(report);
  return { report, [Symbol.dispose]: () => listening[Symbol.dispose]() };
}

/** Tells of groups that rules about binds name and the directory does not have, once each while that is so. */
export class BindRuleReporter {
  readonly #rules: () => readonly BindRuleReport[];
  readonly #source: PublishedSource;
  readonly #log: Log;
  #reported = new Set<string>();

  constructor(rules: () => readonly BindRuleReport[], source: PublishedSource, log: Log) {
    this.#rules = rules;
    this.#source = source;
    this.#log = log;
  }

  /** Looks now; before the first publish there is nothing to tell. */
  report(): void {
    using lease = this.#source.acquire();
    if (lease === undefined) return;
    const unknown = this.#rules().flatMap(({ unknownGroups }, index) =>
      unknownGroups.map((group) => ({ rule: `bind.rules[${index}]`, group })),
    );
    for (const facts of unknown) if (!this.#reported.has(JSON.stringify(facts))) bindGroupUnknown(this.#log, facts);
    this.#reported = new Set(unknown.map((facts) => JSON.stringify(facts)));
  }
}

/** Tells of groups that the configuration names and that cannot be told. */
import type { Access } from '../directory/access.ts';
import { DirectoryStorageError, type PublishedSource } from '../directory/reader.ts';
import { accessGroupUnknown, policyGroupUnknown } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import { projectionFingerprint } from '../projection/fingerprint.ts';
import { type UnknownPolicyGroup, unknownPolicyGroups } from '../projection/policy.ts';
import type { ProjectionSettings } from '../projection/settings.ts';
import type { Store } from '../store/store.ts';

/** Tells of groups that decide who may sign in and that cannot be told, once each. */
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
  get unknown(): readonly UnknownPolicyGroup[] {
    const { facts } = this.#store.view;
    const settings = this.#settings();
    if (facts?.policyMatches === undefined || facts.fingerprint !== projectionFingerprint(settings)) return [];
    return unknownPolicyGroups(settings.policy, facts.policyMatches);
  }

  report(): void {
    const { unknown } = this;
    for (const each of unknown)
      if (!this.#reported.has(JSON.stringify(each))) policyGroupUnknown(this.#log, { ...each });
    this.#reported = new Set(unknown.map((each) => JSON.stringify(each)));
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

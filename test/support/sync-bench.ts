import { standardSchema } from '../../src/directory/schema.ts';
import { parseTenantId } from '../../src/identity/ids.ts';
import type { Admission, DeltaFeed } from '../../src/identity/ports.ts';
import type { SafetyLimit, SafetyLimits } from '../../src/identity/safety.ts';
import { noOverlay } from '../../src/projection/overlay.ts';
import { Projector } from '../../src/projection/projector.ts';
import { accountTypes, groupTypes, membershipTypes, type ProjectionSettings } from '../../src/projection/settings.ts';
import { Database } from '../../src/store/database.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { SyncEngine } from '../../src/sync/engine.ts';
import type { EngineOptions } from '../../src/sync/engine-options.ts';
import type { Clock } from '../../src/timing/clock.ts';

/** Settings that show everything. */
export const openSettings: ProjectionSettings = {
  activeDirectory: false,
  create: true,
  baseDn: 'dc=example,dc=com',
  users: {
    container: 'ou=users',
    uidFrom: 'userPrincipalNameLocalPart',
    includeGuests: true,
    accountTypes,
    domains: undefined,
    duplicates: 'report',
    whenLocked: 'lock',
    uidNumbers: { from: 100_000_000, to: 999_999_999 },
    uidNumberFrom: undefined,
    homeDirectory: '/home/{uid}',
    homeDirectoryFrom: undefined,
    loginShell: '/bin/bash',
    loginShellFrom: undefined,
    sshPublicKeyFrom: [],
    attributes: {},
    primaryGroup: {
      kind: 'shared',
      name: 'domain-users',
      gidNumber: 1_000_000_000,
      gidNumberFrom: undefined,
      shown: true,
      groups: [],
      nested: true,
      container: 'ou=private-groups',
    },
  },
  groups: {
    container: 'ou=groups',
    withoutEmail: true,
    types: groupTypes,
    membershipTypes,
    namePrefixes: undefined,
    gidNumbers: { from: 1_000_000_001, to: 1_999_999_999 },
    gidNumberFrom: undefined,
    nameFrom: ['displayName', 'mailNickname'],
    attributes: {},
    membership: 'transitive',
  },
  policy: { allowedGroups: undefined, disabledGroups: [], nested: true },
  services: { container: 'ou=services', accounts: [{ name: 'app', description: undefined }] },
  overlay: noOverlay,
  sudo: undefined,
};

const noLimit: SafetyLimit = { count: Number.MAX_SAFE_INTEGER, share: 1, few: 0 };

/** Limits that no change goes beyond. */
export const noLimits: SafetyLimits = { removals: noLimit, locks: noLimit, renames: noLimit, groupShrink: noLimit };

/** Opens a store for tests; with a small batch a publish is written in many steps, and the log keeps few changes. */
export async function openTestStore(
  directory: string,
  publishBatchOperations = 5000,
  changeRecordsMax = 1000,
): Promise<Store> {
  const tenantId = parseTenantId('11111111-2222-4333-8444-555555555555');
  if (tenantId === undefined) throw new Error('not a tenant id');
  return await openStore({
    directory,
    tenantId,
    schema: standardSchema,
    publishBatchOperations,
    changeRecordsMax,
  });
}

/** A sync engine over a store and a feed. */
export function testEngine(
  store: Store,
  feed: DeltaFeed,
  clock: Clock,
  settings: ProjectionSettings = openSettings,
  safety: SafetyLimits = noLimits,
  admission?: Admission,
  options: Partial<EngineOptions> = {},
): SyncEngine {
  return new SyncEngine({
    feed,
    admission,
    mirror: store.mirror,
    ledger: store.ledger,
    view: store.view,
    holds: store.holds,
    history: store.history,
    safety,
    projector: new Projector(settings, standardSchema),
    fingerprint: JSON.stringify(settings),
    clock,
    onProgress: () => {},
    onNumberKept: () => {},
    onValueLeftOut: () => {},
    ...options,
  });
}

/** The process "ended" at a write: the write was not made. */
class WriteCutError extends Error {
  override readonly name = 'WriteCutError';
}

/**
 * Lets the given number of writes to the disk succeed, and then ends the process, as far as the store can tell: no write is
 * made any more. Dispose it to make writes work again.
 */
export function cutWritesAfter(writes: number): Disposable {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with the database it belongs to
  const original = Database.prototype.write;
  let left = writes;
  Database.prototype.write = async function write(batch, sync) {
    if (left-- <= 0) throw new WriteCutError('cut');
    await original.call(this, batch, sync);
  };
  return {
    [Symbol.dispose]: () => {
      Database.prototype.write = original;
    },
  };
}

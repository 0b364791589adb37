import type { AdminApi, StatusReport } from '../../src/identity/admin.ts';
import type { HistoryEntry } from '../../src/identity/history.ts';
import type { CollectionSummary, RoundSummary } from '../../src/identity/round.ts';
import type { HoldReport } from '../../src/identity/safety.ts';
import { fakeAppPasswords } from './fake-app-passwords.ts';
import { fakeOneTimeCodes } from './fake-one-time-codes.ts';
import { fakeAuth, quietBinds } from './fake-auth.ts';
import { fakeInspection } from './fake-inspection.ts';
import { fakeMemory } from './fake-memory.ts';

/** When the samples are looked at. */
export const sampleNowMs = Date.UTC(2026, 10, 21, 12, 0, 0);

const minuteMs = 60_000;
const dayMs = 86_400_000;

const quietCollection: CollectionSummary = {
  mode: 'incremental',
  read: 3,
  pages: 1,
  entries: { created: 1, changed: 2, locked: 1, removed: 0 },
  skipped: { guest: 24 },
  notAdopted: {},
  leftOut: {},
};

/** A round that has published something. */
export const sampleRound: RoundSummary = {
  round: 12,
  outcome: 'published',
  error: null,
  held: null,
  startedAtMs: sampleNowMs - 5 * minuteMs,
  durationMs: 640,
  resumed: false,
  retries: 0,
  collections: { users: quietCollection, groups: { ...quietCollection, skipped: {} } },
};

/** A change that waits for a decision. */
export const sampleHold: HoldReport = {
  hold: 7,
  sinceMs: sampleNowMs - 20 * minuteMs,
  cause: 'tenant',
  decision: 'open',
  dangers: [{ kind: 'usersRemoved', affected: 340, total: 476, limit: 50 }],
};

/** A daemon that is well. */
export const sampleStatus: StatusReport = {
  version: '0.1.0',
  state: 'serving',
  startedAtMs: sampleNowMs - 3 * dayMs,
  tenant: { id: '68d3101f-f209-4896-aa4d-12ec5f5b3906', displayName: 'Contoso', isHybrid: true },
  baseDn: 'dc=contoso,dc=com',
  listeners: [
    { host: '127.0.0.1', port: 3389, tls: false },
    { host: '::1', port: 3636, tls: true },
  ],
  connections: 14,
  threads: { wanted: 1, serving: 1, restarts: 0 },
  certificates: [{ names: ['ldap.contoso.com'], validToMs: sampleNowMs + 200 * dayMs, problem: null }],
  directory: {
    publication: 44,
    publishedAtMs: sampleNowMs - 5 * minuteMs,
    users: 476,
    groups: 60,
    services: 2,
    privateGroups: 0,
  },
  sync: {
    running: null,
    last: sampleRound,
    lastSuccessAtMs: sampleNowMs - 5 * minuteMs,
    nextAtMs: sampleNowMs + 25 * minuteMs,
    lastFullAtMs: sampleNowMs - dayMs,
    reconciliation: null,
    held: null,
    reading: { mode: 'auto', listsEverything: false, create: true },
  },
  binds: { ...quietBinds, counts: { accepted: 1204, refused: 17, busy: 1, unavailable: 0 } },
  credentials: [
    { name: 'tenant.credential', kind: 'secret', state: 'inUse', problem: null, expiresAtMs: sampleNowMs + 90 * dayMs },
  ],
  traffic: { requests: 120, resourceUnits: 240, throttled: 0, slowedMs: 0, allowanceUsed: null },
  config: { file: '/etc/entra-ldapd.yaml', sinceMs: sampleNowMs - dayMs, problems: [], needsRestart: [] },
  http: [],
  settingsPending: false,
  unreadableProperties: [],
  unknownPolicyGroups: [],
  sudo: null,
  overlay: null,
};

/** A line of the history. */
export const sampleHistory: HistoryEntry = {
  kind: 'round',
  outcome: 'published',
  by: 'schedule',
  atMs: sampleRound.startedAtMs,
  durationMs: sampleRound.durationMs,
  round: 12,
  publication: 44,
  hold: null,
  users: { mode: 'incremental', read: 3, created: 1, changed: 2, locked: 1, removed: 0 },
  groups: null,
  note: null,
  number: 30,
  times: 1,
  untilMs: sampleRound.startedAtMs + sampleRound.durationMs,
};

async function* listed<T>(rows: readonly T[]): AsyncGenerator<T, void, void> {
  yield* rows;
}

/** A list as the daemon makes it, row by row. */
export const rowByRow = listed;

/** The administration of a daemon that is well and that nobody asks for more than its status; a question that no test expects fails the test. */
export function sampleAdministration(answers: Partial<AdminApi> = {}): AdminApi {
  const unasked = (): never => {
    throw new Error('something was asked that no test expects');
  };
  return {
    inspection: fakeInspection(),
    memory: fakeMemory({ history: () => listed([sampleHistory]) }),
    auth: fakeAuth({ report: () => sampleStatus.binds }),
    appPasswords: fakeAppPasswords(),
    oneTimeCodes: fakeOneTimeCodes(),
    status: () => sampleStatus,
    requestSync: unasked,
    followRound: unasked,
    heldItems: () => [],
    decideHold: unasked,
    plan: unasked,
    exportLdif: unasked,
    ...answers,
  };
}

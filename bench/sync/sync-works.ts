/** What is measured of synchronizing: each work is done once on a tenant of one size, one after the other. */
import type { TenantSize } from '../servers/tenant.ts';
import type { MeasuredDaemon } from './measured-daemon.ts';
import { type Cost, measureWork, typicalCost, untilSettled } from './measure-work.ts';
import { type Probed, SearchProbe } from './search-probe.ts';
import type { TenantControl } from './tenant-control.ts';

/** One line of the table. */
export interface SyncResult extends Cost {
  readonly name: string;
  readonly size: TenantSize;
  /** Objects that the work is about: what its cost is divided by. */
  readonly objects: number;
  /** How long searches took before and during it, where that was measured. */
  readonly searches?: { readonly idle: Probed; readonly meanwhile: Probed };
}

/** A daemon, its tenant, and where results go as they come. */
export interface SyncBench {
  readonly daemon: MeasuredDaemon;
  readonly tenant: TenantControl;
  readonly size: TenantSize;
  readonly report: (result: SyncResult) => void;
}

/** Group 0 of a generated tenant, which everybody is in. */
const hugeGroup = 'All Employees';
const closedGroup = 'Closed Shop';
const probedUsersMax = 500;
/** LevelDB merges files now and then, and after a first synchronization with the first reads: of several times the middle one tells. */
const joins = 3;
const idleSearchesMax = 500;

/** Does all of them, in the order of a daemon's life. */
export async function runSyncWorks(bench: SyncBench): Promise<void> {
  const { daemon, size } = bench;
  const everything = size.users + size.groups;
  daemon.start();
  await daemon.roundStarted();
  await measured(bench, 'first sync', everything, () => daemon.firstRound());
  await measured(bench, 'quiet round', everything, () => daemon.round());
  const users = await daemon.users(size.users);
  await changeSome(bench, users);
  await join(bench);
  await policyChange(bench, users);
  await restart(bench);
  await changeEverything(bench, users.slice(0, probedUsersMax));
}

type Users = Awaited<ReturnType<MeasuredDaemon['users']>>;

/** One user of a hundred has another job title. */
async function changeSome(bench: SyncBench, users: Users): Promise<void> {
  const { daemon, tenant } = bench;
  const some = users.filter((_user, at) => at % 100 === 0);
  for (const { objectId } of some) {
    await tenant.do('setUserProperties', { user: objectId, properties: { jobTitle: 'Pilot' } });
  }
  await measured(bench, '1 % of the users changed', some.length, () => daemon.round());
}

async function join({ daemon, tenant, size, report }: SyncBench): Promise<void> {
  const member = 'joiner@contoso.com';
  await tenant.do('addUser', { userPrincipalName: member, properties: { displayName: 'Joiner' } });
  await daemon.round();
  const joined: Cost[] = [];
  const left: Cost[] = [];
  for (let turn = 0; turn < joins; turn++) {
    await tenant.do('join', { group: hugeGroup, member });
    joined.push(await measureWork(daemon.pid, () => daemon.round()));
    await tenant.do('leave', { group: hugeGroup, member });
    left.push(await measureWork(daemon.pid, () => daemon.round()));
  }
  report({ name: 'one joiner in the group of everybody', size, objects: 1, ...typicalCost(joined) });
  report({ name: 'one leaver of the group of everybody', size, objects: 1, ...typicalCost(left) });
}

/** A group whose members are locked from now on, by the configuration alone. */
async function policyChange(bench: SyncBench, users: Users): Promise<void> {
  const { daemon, tenant } = bench;
  await tenant.do('addGroup', { displayName: closedGroup, properties: {} });
  for (const { objectId } of users.slice(0, 3)) await tenant.do('join', { group: closedGroup, member: objectId });
  await daemon.round();
  await measured(bench, 'another policy, 3 users locked', bench.size.users + bench.size.groups, () =>
    reconfigured(daemon, { policy: { disabledGroups: [closedGroup] } }),
  );
}

/** From the start of the process to the first answer of a search. */
async function restart(bench: SyncBench): Promise<void> {
  const { daemon, report, size } = bench;
  const [user] = await daemon.users(1);
  await daemon.stop();
  const startedMs = performance.now();
  daemon.start();
  using probe = await SearchProbe.open(await daemon.port(), [user?.name ?? '']);
  await probe.until(Promise.resolve(), 1);
  const ms = performance.now() - startedMs;
  const cost = await measureWork(daemon.pid, () => untilSettled(daemon.pid));
  report({ name: 'from the start to the first answer', size, objects: 1, ...cost, ms });
}

/** Every entry of a user becomes another one, while somebody searches. */
async function changeEverything(bench: SyncBench, users: Users): Promise<void> {
  const { daemon, report, size } = bench;
  const uids = users.flatMap(({ name }) => name ?? []);
  using probe = await SearchProbe.open(await daemon.port(), uids);
  await untilSettled(daemon.pid);
  const idle = await probe.until(Promise.resolve(), Math.min(size.users, idleSearchesMax));
  let meanwhile: Probed | undefined;
  const cost = await measureWork(daemon.pid, async () => {
    meanwhile = await probe.until(reconfigured(daemon, { users: { loginShell: '/bin/sh' } }), 1);
  });
  const searches = meanwhile && { idle, meanwhile };
  report({
    name: 'every user changed by the settings',
    size,
    objects: size.users + size.groups,
    ...cost,
    ...(searches && { searches }),
  });
}

async function reconfigured(daemon: MeasuredDaemon, sections: Readonly<Record<string, unknown>>): Promise<void> {
  const next = daemon.nextPublished();
  daemon.configure(sections);
  await next;
}

async function measured(
  { daemon, report, size }: SyncBench,
  name: string,
  objects: number,
  work: () => Promise<unknown>,
): Promise<void> {
  report({ name, size, objects, ...(await measureWork(daemon.pid, work)) });
}

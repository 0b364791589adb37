import { type NodeId, nodeKind, nodeRange, privateGroupNode } from '../identity/node.ts';
import { containingGroups, effectiveMembers } from '../projection/membership.ts';
import { MemoryGraph } from './memory-graph.ts';
import { NodeSet } from './node-set.ts';
import type { PublishRun } from './publish-run.ts';

/** Who is shown, and which groups exist whether shown or not. */
interface Population {
  readonly shown: NodeSet;
  readonly live: NodeSet;
}

/**
 * Compares every entry and every membership with what it should be, and puts what differs. Groups are named first, because
 * users show the number of one and the private groups of users give way to their names; then come users and then groups with
 * their members, because members are shown by their names. `first`: nothing was ever stored, so nothing can be left over.
 */
export async function planEverything(run: PublishRun, first: boolean): Promise<void> {
  await run.putFixedEntries();
  const population = { shown: new NodeSet(), live: new NodeSet() };
  await nameGroups(run, population);
  await putUsers(run, population);
  const graph = await MemoryGraph.load(run.input.mirror, run.input.signal);
  await putGroups(run, population, graph);
  await putMemberships(run, population, graph);
  if (!first) {
    await removeUnshown(run, 'user', population.shown);
    await removeUnshown(run, 'group', population.shown);
    await run.privateGroups.removeOthers();
  }
  run.countShown(population.shown.size('user'), population.shown.size('group'));
}

async function putUsers(run: PublishRun, { shown }: Population): Promise<void> {
  await run.settleClaims('user');
  for await (const block of run.input.mirror.records('users')) {
    for (const record of block) {
      const user = run.putUser(record);
      if (user !== undefined) {
        shown.add(record.node);
        if (run.privateGroups.isUsed) await run.privateGroups.put(record, user.given, user.primary);
      }
      if (run.due) await run.pause();
    }
  }
}

async function nameGroups(run: PublishRun, { shown, live }: Population): Promise<void> {
  await run.settleClaims('group');
  for await (const block of run.input.mirror.records('groups')) {
    for (const record of block) {
      live.add(record.node);
      if (run.nameGroup(record) !== undefined) shown.add(record.node);
      if (run.due) await run.pause();
    }
  }
}

async function putGroups(run: PublishRun, { shown, live }: Population, graph: MemoryGraph): Promise<void> {
  const { mirror, ledger } = run.input;
  const visible = (node: NodeId): boolean => shown.has(node);
  const exists = (node: NodeId): boolean => live.has(node);
  for await (const block of mirror.records('groups')) {
    for (const record of block) {
      const given = shown.has(record.node) ? ledger.entry(record.objectId) : undefined;
      if (given === undefined) continue;
      const members = await effectiveMembers(record.node, graph, run.membership, visible, exists);
      const change = await run.writer.setMembers(record.node, members, run.names.values, 'unknown');
      run.putGroup(record, given, change.added.length + change.removed.length > 0 || change.rewritten);
      await run.passOnName(record.node);
      if (run.due) await run.pause();
    }
  }
}

async function putMemberships(run: PublishRun, population: Population, graph: MemoryGraph): Promise<void> {
  for (const kind of ['user', 'group'] as const) {
    for (const node of population.shown.of(kind)) {
      const groups = await shownGroups(run, node, population, graph);
      const own = run.privateGroups.isOwner(node) ? [privateGroupNode(node)] : [];
      run.writer.setGroups(node, own.length === 0 ? groups : Uint32Array.of(...groups, ...own));
      if (run.due) await run.pause();
    }
  }
}

async function shownGroups(
  run: PublishRun,
  node: NodeId,
  { shown, live }: Population,
  graph: MemoryGraph,
): Promise<Uint32Array> {
  if (run.membership === 'direct') return graph.groupsOf(node).filter((group) => shown.has(group));
  // Flattened groups list users only, and memberOf says the same as they do.
  if (nodeKind(node) === 'group') return new Uint32Array();
  const groups = await containingGroups(node, graph, (group) => live.has(group));
  return Uint32Array.from(groups)
    .filter((group) => shown.has(group))
    .sort();
}

async function removeUnshown(run: PublishRun, kind: 'user' | 'group', shown: NodeSet): Promise<void> {
  await run.writer.flush();
  for await (const ids of run.writer.storedIds(nodeRange(kind))) {
    for (const id of ids) if (!shown.has(id) && !run.isFixed(id)) await run.remove(id);
    await run.pause();
  }
}

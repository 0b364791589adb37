import type { LedgerEntry } from '../identity/ledger.ts';
import type { MirrorRecord } from '../identity/mirror.ts';
import { type NodeId, nodeKind, privateGroupNode } from '../identity/node.ts';
import { containingGroups, effectiveMembers } from '../projection/membership.ts';
import { NodeSet } from './node-set.ts';
import type { PublishRun, ShownUser } from './publish-run.ts';

/** Looks at the nodes that changed and at the groups that their change reaches, and puts what differs. */
export async function planChanges(run: PublishRun, nodes: Uint32Array): Promise<void> {
  run.looksAt = new Set(nodes);
  await run.settleClaims('user', nodes);
  await run.settleClaims('group', nodes);
  const named = nameGroups(run, nodes);
  const reached = new Set<NodeId>();
  const renamed = new Set<NodeId>();
  for (const node of nodes) {
    const kind = nodeKind(node);
    if (kind === 'user' || kind === 'group') await planNode(run, node, named, reached, renamed);
    if (run.due) await run.pause();
  }
  await giveWay(run, nodes, named);
  const changed = new Set(nodes);
  for (const group of reached) {
    await planMembers(run, group, changed, renamed);
    await run.pause();
  }
}

/** What the groups among the nodes that are shown were given. Users show the number of one, so this comes first. */
function nameGroups(run: PublishRun, nodes: Uint32Array): ReadonlyMap<NodeId, LedgerEntry> {
  const named = new Map<NodeId, LedgerEntry>();
  for (const node of nodes) {
    const record = nodeKind(node) === 'group' ? run.input.mirror.record(node) : undefined;
    const given = record === undefined ? undefined : run.nameGroup(record);
    if (given !== undefined) named.set(node, given);
  }
  return named;
}

/** Plans one node's own entry; adds the groups whose members it changes to `reached`. */
async function planNode(
  run: PublishRun,
  node: NodeId,
  named: ReadonlyMap<NodeId, LedgerEntry>,
  reached: Set<NodeId>,
  renamed: Set<NodeId>,
): Promise<void> {
  const before = shownName(run, node);
  const isGroup = nodeKind(node) === 'group';
  const shown = isGroup ? putGroup(run, node, named.get(node)) : await putUser(run, node);
  const after = shown ? shownName(run, node) : undefined;
  if (before !== undefined && after !== undefined && before !== after) renamed.add(node);
  // A group passes on what its members are, so every change of it reaches the groups around it.
  if (isGroup || before !== after) {
    for (const group of run.writer.storedGroups(node)) reached.add(group);
    for (const group of await containingGroups(node, run.input.mirror, (other) => isLive(run, other)))
      reached.add(group);
  }
  if (!shown && before !== undefined) await run.remove(node);
  if (isGroup && shown) reached.add(node);
}

async function putUser(run: PublishRun, node: NodeId): Promise<boolean> {
  const record = run.input.mirror.record(node);
  const user = record === undefined ? undefined : run.putUser(record);
  if (record === undefined || user === undefined) return false;
  if (run.privateGroups.isUsed) await putPrivateGroup(run, record, user);
  return true;
}

async function putPrivateGroup(run: PublishRun, record: MirrorRecord, { given, primary }: ShownUser): Promise<void> {
  const change = await run.privateGroups.put(record, given, primary);
  const group = privateGroupNode(record.node);
  if (change !== 'same') {
    run.writer.changeGroups(record.node, change === 'joined' ? [group] : [], change === 'left' ? [group] : []);
  }
}

/** Renames the private groups that are called as something else is called now (P5). */
async function giveWay(run: PublishRun, nodes: Uint32Array, named: ReadonlyMap<NodeId, LedgerEntry>): Promise<void> {
  if (!run.privateGroups.isUsed) return;
  const { mirror, ledger } = run.input;
  const names = [...nodes].flatMap((node) => {
    const objectId = nodeKind(node) === 'user' ? mirror.objectIdOf(node) : undefined;
    return (named.get(node) ?? (objectId === undefined ? undefined : ledger.entry(objectId)))?.name ?? [];
  });
  for (const owner of run.privateGroups.ownersNamed(names)) {
    if (run.writer.entry(privateGroupNode(owner)) !== undefined) await run.privateGroups.rename(owner);
    if (run.due) await run.pause();
  }
}

function putGroup(run: PublishRun, node: NodeId, given: LedgerEntry | undefined): boolean {
  const record = run.input.mirror.record(node);
  if (record === undefined || given === undefined) return false;
  run.putGroup(record, given, false);
  return true;
}

async function planMembers(
  run: PublishRun,
  group: NodeId,
  changed: ReadonlySet<NodeId>,
  renamed: ReadonlySet<NodeId>,
): Promise<void> {
  const { mirror, ledger } = run.input;
  const { writer } = run;
  const record = mirror.record(group);
  const given = record === undefined ? undefined : ledger.entry(record.objectId);
  if (record === undefined || given === undefined || writer.entry(group) === undefined) return;
  const stored = new NodeSet();
  for (const member of writer.storedMembers(group)) stored.add(member);
  // Who is in the set and did not change is shown still. Reading the entries of a large group takes half a second.
  const visible = (node: NodeId): boolean =>
    (stored.has(node) && !changed.has(node)) || writer.entry(node) !== undefined;
  const members = await effectiveMembers(group, mirror, run.membership, visible, (node) => isLive(run, node));
  const change = await writer.setMembers(group, members, run.names.values, renamed);
  for (const member of change.added) {
    writer.changeGroups(member, [group], []);
    if (run.due) await run.pause();
  }
  for (const member of change.removed) {
    writer.changeGroups(member, [], [group]);
    if (run.due) await run.pause();
  }
  if (change.added.length + change.removed.length > 0 || change.rewritten) run.putGroup(record, given, true);
  await run.passOnName(group);
}

function isLive(run: PublishRun, node: NodeId): boolean {
  return run.input.mirror.objectIdOf(node) !== undefined;
}

/** The name under which a node is shown, or undefined when it is not. */
function shownName(run: PublishRun, node: NodeId): string | undefined {
  const stored = run.writer.entry(node);
  return stored === undefined ? undefined : run.input.projector.nameOf(stored);
}

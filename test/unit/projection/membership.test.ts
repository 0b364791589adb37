import assert from 'node:assert/strict';
import { type NodeId, nodeId } from '../../../src/identity/node.ts';
import { containingGroups, effectiveMembers, type MembershipGraph } from '../../../src/projection/membership.ts';

const user = (ordinal: number): NodeId => nodeId('user', ordinal);
const group = (ordinal: number): NodeId => nodeId('group', ordinal);
const everything = (): boolean => true;

function graphOf(edges: readonly (readonly [group: NodeId, member: NodeId])[]): MembershipGraph {
  const ends = (at: 0 | 1, node: NodeId): Uint32Array =>
    Uint32Array.from(edges.flatMap((edge) => (edge[at] === node ? [edge[at === 0 ? 1 : 0]] : []))).sort();
  return { membersOf: (node) => ends(0, node), groupsOf: (node) => Promise.resolve(ends(1, node)) };
}

describe('members that a group shows', () => {
  const graph = graphOf([
    [group(1), user(3)],
    [group(1), user(1)],
    [group(1), group(2)],
    [group(1), nodeId('other', 9)],
    [group(2), user(2)],
    [group(2), user(1)],
    [group(2), group(3)],
    [group(3), group(1)],
    [group(3), user(4)],
  ]);

  it('are the users of the group and of all groups in it, cycles included, each once and ascending (PAIN-12)', async () => {
    const members = await effectiveMembers(group(1), graph, 'transitive', everything, everything);
    assert.deepEqual([...members], [user(1), user(2), user(3), user(4)]);
    assert.deepEqual(members, await effectiveMembers(group(3), graph, 'transitive', everything, everything));
  });

  it('are users and groups as Entra lists them when flattening is off, without devices', async () => {
    const members = await effectiveMembers(group(1), graph, 'direct', everything, everything);
    assert.deepEqual([...members], [user(1), user(3), group(2)]);
  });

  it('leave out who is not shown, but pass on the members of a group that is not', async () => {
    const members = await effectiveMembers(
      group(1),
      graph,
      'transitive',
      (node) => node !== user(1) && node !== group(2),
      everything,
    );
    assert.deepEqual([...members], [user(2), user(3), user(4)]);
  });

  it('pass nothing on from a group that does not exist any more', async () => {
    const members = await effectiveMembers(group(1), graph, 'transitive', everything, (node) => node !== group(2));
    assert.deepEqual([...members], [user(1), user(3)]);
  });

  it('are found the other way round too: a group in a cycle contains itself', async () => {
    const sorted = async (node: NodeId, exists = everything): Promise<number[]> =>
      [...(await containingGroups(node, graph, exists))].toSorted((a, b) => a - b);
    assert.deepEqual(await sorted(user(4)), [group(1), group(2), group(3)]);
    assert.deepEqual(await sorted(group(2)), [group(1), group(2), group(3)]);
    assert.deepEqual(await sorted(user(5)), []);
    const gone = await containingGroups(user(4), graph, (node) => node !== group(2));
    assert.deepEqual([...gone], [group(3)]);
  });
});

import { normalizeDn } from '../../src/directory/dn.ts';
import { encodeEntry, encodeValue, entryAttribute } from '../../src/directory/entry-codec.ts';
import type { DirectorySource } from '../../src/directory/reader.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { type NodeId, nodeId, nodeKind, structuralNodes } from '../../src/identity/node.ts';
import type { EntryKind, MemberValues } from '../../src/identity/view.ts';
import type { Store } from '../../src/store/store.ts';
import type { MemoryEntry } from '../support/memory-directory.ts';
import { sampleBase, sampleGroups, sampleUsers } from '../support/sample-directory.ts';
import { openTestStore } from '../support/sync-bench.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type ContractFactory, directoryReaderContract } from './directory-reader.contract.ts';
import { narrowedReaderContract } from './narrowed-directory.ts';

const fixed = new Map<string, NodeId>([
  [sampleBase, structuralNodes.base],
  [sampleUsers, structuralNodes.users],
  [sampleGroups, structuralNodes.groups],
  [`ou=services,${sampleBase}`, structuralNodes.services],
]);

/** Entries have the node that their place in the tree gives them. */
function nodesOf(entries: readonly MemoryEntry[]): ReadonlyMap<string, NodeId> {
  const next = { user: 1, group: 1 };
  return new Map(
    entries.map(({ dn }) => {
      const kind = dn.endsWith(sampleUsers) ? 'user' : 'group';
      return [normalizeDn(dn) ?? '', fixed.get(dn) ?? nodeId(kind, next[kind]++)];
    }),
  );
}

async function publish(store: Store, entries: readonly MemoryEntry[]): Promise<void> {
  const nodes = nodesOf(entries);
  const node = (dn: string): NodeId => nodes.get(normalizeDn(dn) ?? '') ?? 0;
  const writer = store.view.openWriter(0);
  const values = new Map<NodeId, MemberValues>();
  for (const entry of entries) {
    const bytes = encodeEntry(standardSchema, entry);
    const [uid] = entryAttribute(bytes, 'uid');
    values.set(node(entry.dn), uid === undefined ? [encodeValue(entry.dn)] : [encodeValue(entry.dn), encodeValue(uid)]);
    writer.putEntry(node(entry.dn), bytes);
  }
  for (const { dn, members } of entries) {
    if (members === undefined) continue;
    await writer.setMembers(
      node(dn),
      Uint32Array.from(members, node).sort(),
      (id) => values.get(id) ?? [Buffer.alloc(0)],
      new Set(),
    );
    for (const member of members) writer.changeGroups(node(member), [node(dn)], []);
  }
  const ofKind = (kind: EntryKind): MemoryEntry[] => entries.filter(({ dn }) => nodeKind(node(dn)) === kind);
  const classes = (kind: EntryKind): string[] => [
    ...new Set(
      ofKind(kind).flatMap(({ attributes }) =>
        attributes
          .filter(([name]) => name === 'objectClass')
          .flatMap(([, names]) => names.map((name) => String(name).toLowerCase())),
      ),
    ),
  ];
  await writer.commit(
    {
      publishedAtMs: 0,
      fingerprint: '',
      users: ofKind('user').length,
      groups: ofKind('group').length,
      services: 0,
      objectClasses: { structural: classes('structural'), user: classes('user'), group: classes('group'), service: [] },
    },
    'state',
  );
}

const levelDirectory: ContractFactory = async (entries) => {
  const folder = temporaryFolder();
  const store = await openTestStore(folder.path);
  await publish(store, entries);
  const source: DirectorySource = store.source;
  return {
    source,
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
};

directoryReaderContract('LevelDB', levelDirectory);
narrowedReaderContract('LevelDB', levelDirectory);

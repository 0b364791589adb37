import type { NodeId } from '../identity/node.ts';
import type { MembersBefore, ReturnPoint } from '../identity/undo.ts';
import type { EarlierView, PublicationFacts, UndoMemory } from '../identity/view.ts';
import type { Database } from './database.ts';
import { decodeMembersChange, type MembersChange } from './undo-codec.ts';
import { forgetUndo, readUndoHeaders, type StampedHeader } from './undo-recorder.ts';
import type { ViewKeys } from './view-keys.ts';

/** What earlier publishes have noted, read back. */
export class UndoStore implements UndoMemory {
  readonly #db: Database;
  readonly #keys: ViewKeys;
  readonly #ageMaxMs: number;
  readonly #facts: () => PublicationFacts | undefined;

  /** `facts` are those of the directory that is shown. */
  constructor(db: Database, keys: ViewKeys, ageMaxMs: number, facts: () => PublicationFacts | undefined) {
    this.#db = db;
    this.#keys = keys;
    this.#ageMaxMs = ageMaxMs;
    this.#facts = facts;
  }

  async returnPoints(): ReturnType<UndoMemory['returnPoints']> {
    const { chain, end } = await this.#chain();
    const points = chain.map(
      ({ before, atMs, records }): ReturnPoint => ({
        publication: before.publication,
        publishedAtMs: before.publishedAtMs,
        replacedAtMs: atMs,
        changes: records,
      }),
    );
    return { points, end };
  }

  async earlier(publication: number): Promise<EarlierView | undefined> {
    const { chain } = await this.#chain();
    const at = chain.findIndex(({ before }) => before.publication === publication);
    const oldest = chain[at];
    if (oldest === undefined) return undefined;
    const stamps = new Map<NodeId, number>();
    const members = new Map<NodeId, MembersInProgress>();
    for (const { stampMs } of chain.slice(0, at + 1)) {
      await this.#undoEntries(stampMs, stamps);
      await this.#undoMembers(stampMs, members);
    }
    return {
      facts: oldest.before,
      nodes: Uint32Array.from(stamps.keys()).sort(),
      entry: (node) => {
        const stampMs = stamps.get(node);
        const bytes = stampMs === undefined ? undefined : this.#db.get(this.#keys.undone('entry', stampMs, node));
        return bytes === undefined || bytes.length === 0 ? undefined : bytes;
      },
      members,
    };
  }

  async forgetOld(nowMs: number): Promise<void> {
    const old = (await readUndoHeaders(this.#db, this.#keys)).filter(
      ({ atMs, state }) => nowMs - atMs > this.#ageMaxMs && state !== 'open',
    );
    if (old.length === 0) return;
    const batch = this.#db.batch();
    await forgetUndo(
      this.#db,
      this.#keys,
      old.map(({ stampMs }) => stampMs),
      batch,
    );
    await this.#db.write(batch, false);
  }

  /** The publishes that can be undone one after the other, the newest first, and why no more can. */
  async #chain(): Promise<{ chain: readonly StampedHeader[]; end: 'tooLarge' | 'forgotten' }> {
    const chain: StampedHeader[] = [];
    let publication = this.#facts()?.publication;
    for (const header of (await readUndoHeaders(this.#db, this.#keys)).toReversed()) {
      // That of a publish under way, or of one that a version of the program has made which notes nothing.
      if (header.state === 'open' || header.publication !== publication) continue;
      if (header.state === 'tooLarge') return { chain, end: 'tooLarge' };
      chain.push(header);
      publication = header.before.publication;
    }
    return { chain, end: 'forgotten' };
  }

  async #undoEntries(stampMs: number, stamps: Map<NodeId, number>): Promise<void> {
    for await (const block of this.#db.keys(this.#keys.undoneBy('entry', stampMs), 1000)) {
      for (const key of block) stamps.set(this.#keys.undoneNode(key), stampMs);
    }
  }

  async #undoMembers(stampMs: number, members: Map<NodeId, MembersInProgress>): Promise<void> {
    for await (const block of this.#db.entries(this.#keys.undoneBy('members', stampMs), 1000)) {
      for (const [key, value] of block) {
        const group = this.#keys.undoneNode(key);
        let before = members.get(group);
        if (before === undefined) members.set(group, (before = { added: new Set(), removed: new Set() }));
        takeBack(before, decodeMembersChange(value));
      }
    }
  }
}

/** {@link MembersBefore} while it is worked out. */
interface MembersInProgress extends MembersBefore {
  readonly added: Set<NodeId>;
  readonly removed: Set<NodeId>;
}

/** Goes back by one more publish. */
function takeBack(before: MembersInProgress, { added, removed }: MembersChange): void {
  for (const id of added) if (!before.added.delete(id)) before.removed.add(id);
  for (const id of removed) if (!before.removed.delete(id)) before.added.add(id);
}

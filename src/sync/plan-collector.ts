import { type NodeId, nodeKind } from '../identity/node.ts';
import type { PlannedAttribute, PlannedChange, PlannedItem, PlannedMembers, PlanResult } from '../identity/plan.ts';
import type { SetChange, StoredView } from '../identity/view.ts';
import { entryTexts } from '../projection/entry-texts.ts';
import type { Projector } from '../projection/projector.ts';
import type { PreviewObserver } from './preview.ts';

/** Members that are named of one group; of all of them there is the number. */
const MEMBERS_NAMED_MAX = 20;

interface Difference {
  before?: Buffer | undefined;
  after?: Buffer | undefined;
  added: Uint32Array;
  removed: Uint32Array;
}

/** Describes what a publish would do: the first entries in detail, the others by their number. */
export class PlanCollector implements PreviewObserver {
  readonly #stored: StoredView;
  readonly #projector: Projector;
  readonly #itemsMax: number;
  readonly #differences = new Map<NodeId, Difference>();
  readonly #others = new Set<NodeId>();
  #added = 0;
  #removed = 0;

  constructor(stored: StoredView, projector: Projector, itemsMax: number) {
    this.#stored = stored;
    this.#projector = projector;
    this.#itemsMax = itemsMax;
  }

  entry(node: NodeId, before: Buffer | undefined, after: Buffer | undefined): void {
    const difference = this.#difference(node);
    if (difference === undefined) return;
    difference.before = before;
    difference.after = after;
  }

  members(group: NodeId, _before: Uint32Array, { added, removed }: SetChange): void {
    this.#added += added.length;
    this.#removed += removed.length;
    const difference = this.#difference(group);
    if (difference === undefined) return;
    difference.added = added;
    difference.removed = removed;
  }

  get result(): Pick<PlanResult, 'memberships' | 'items' | 'more'> {
    return {
      memberships: { added: this.#added, removed: this.#removed },
      items: [...this.#differences].map(([node, difference]) => this.#item(node, difference)),
      more: this.#others.size,
    };
  }

  #difference(node: NodeId): Difference | undefined {
    const known = this.#differences.get(node);
    if (known !== undefined) return known;
    if (this.#differences.size >= this.#itemsMax) {
      this.#others.add(node);
      return undefined;
    }
    const stored = this.#stored.entry(node);
    const difference = { before: stored, after: stored, added: new Uint32Array(), removed: new Uint32Array() };
    this.#differences.set(node, difference);
    return difference;
  }

  #item(node: NodeId, { before, after, added, removed }: Difference): PlannedItem {
    const kind = nodeKind(node);
    const shown = before ?? after;
    const identity = shown && this.#projector.identityOf(shown, kind === 'user' ? 'user' : 'group');
    const newDn = after && this.#projector.nameOf(after);
    return {
      kind: kind === 'user' || kind === 'group' ? kind : 'other',
      changes: this.#changes(before, after),
      dn: identity?.dn ?? '',
      newDn: newDn === undefined || newDn === identity?.dn ? null : newDn,
      objectId: identity?.objectId ?? '',
      displayName: identity?.displayName ?? null,
      attributes: before === undefined || after === undefined ? [] : differing(before, after),
      added: this.#members(added),
      removed: this.#members(removed),
    };
  }

  #changes(before: Buffer | undefined, after: Buffer | undefined): readonly PlannedChange[] {
    if (before === undefined) return ['created'];
    if (after === undefined) return ['removed'];
    const wasLocked = this.#projector.isLockedEntry(before);
    const isLocked = this.#projector.isLockedEntry(after);
    const changes: readonly PlannedChange[] = [
      ...(this.#projector.nameOf(before) === this.#projector.nameOf(after) ? [] : ['renamed' as const]),
      ...(wasLocked === isLocked ? [] : [isLocked ? ('locked' as const) : ('unlocked' as const)]),
    ];
    return changes.length === 0 ? ['changed'] : changes;
  }

  #members(nodes: Uint32Array): PlannedMembers {
    const dns = Array.from(nodes.subarray(0, MEMBERS_NAMED_MAX), (node) => this.#nameOf(node));
    return { count: nodes.length, dns: dns.filter((dn) => dn !== '') };
  }

  #nameOf(node: NodeId): string {
    const difference = this.#differences.get(node);
    const entry = this.#stored.entry(node) ?? difference?.after;
    return entry === undefined ? '' : this.#projector.nameOf(entry);
  }
}

function differing(before: Buffer, after: Buffer): readonly PlannedAttribute[] {
  const old = entryTexts(before);
  const next = entryTexts(after);
  return [...new Set([...old.keys(), ...next.keys()])]
    .toSorted()
    .map((name) => ({ name, before: old.get(name) ?? [], after: next.get(name) ?? [] }))
    .filter((each) => JSON.stringify(each.before) !== JSON.stringify(each.after));
}

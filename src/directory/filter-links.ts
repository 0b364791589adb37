/** Filter items on `member`, `uniqueMember`, `memberUid` and `memberOf`, answered by ids and never by reading the values. */

import { entryAttribute, findRow } from './entry-codec.ts';
import type { EntryView, ValueTest } from './entry-view.ts';
import { undefinedNode } from './filter-node.ts';
import type { Candidates, FilterContext, FilterNode } from './filter-node.ts';
import { idSetOfUnsorted, noIds, normalizeRanges } from './id-sets.ts';
import { indexKeyOfForm } from './index-key.ts';
import { inverseLink } from './links.ts';
import type { EntryId, IdRange, IdSet, LinkName } from './reader.ts';
import type { AttributeType } from './schema-elements.ts';
import { truth } from './truth.ts';
import { equalityTest } from './value-tests.ts';

/** True for the entries of a set that have the attribute. */
function setNode(type: AttributeType, find: () => IdSet): FilterNode {
  let found: IdSet | undefined;
  const ids = (): IdSet => {
    found ??= find();
    return found;
  };
  return {
    test: (entry: EntryView) => truth(findRow(entry.bytes, type.hash) !== 0 && ids().has(entry.id)),
    candidates: (): Candidates => ({ kind: 'ids', ids: ids() }),
  };
}

/** Equality of a link attribute; `form` is the assertion in the normal form of the attribute's equality rule. */
export function linkEqualityNode(
  context: FilterContext,
  type: AttributeType,
  link: LinkName,
  assertion: Buffer,
  form: Buffer,
): FilterNode {
  if (link === 'memberUid') return memberUidNode(context, type, assertion, form);
  return setNode(type, () => {
    const id = context.reader.findDn(form.toString());
    return (id === undefined ? undefined : context.reader.linkedIds(id, inverseLink(link))) ?? noIds;
  });
}

/** Somebody who may be meant by `(memberUid=…)`. */
interface NamedMember {
  readonly id: EntryId;
  readonly groups: IdSet;
  /** Whether groups list the member by exactly this name; undefined: the member's entry does not tell. */
  readonly isExact: boolean | undefined;
}

/**
 * `(memberUid=…)` is exact where `uid` ignores case (RFC 2307bis), so that the index of `uid` proposes members, whose own `uid`
 * decides. What a group lists is read only where that is kept from whoever asks.
 */
function memberUidNode(context: FilterContext, type: AttributeType, assertion: Buffer, form: Buffer): FilterNode {
  const rule = type.equality;
  if (rule === undefined) return undefinedNode;
  const test = equalityTest(rule, form);
  let found: readonly NamedMember[] | undefined;
  const members = (): readonly NamedMember[] => {
    found ??= membersNamed(context, assertion, test);
    return found;
  };
  return {
    test(entry) {
      if (findRow(entry.bytes, type.hash) === 0) return truth(false);
      const own = members().filter(({ groups }) => groups.has(entry.id));
      const isListed = own.some(({ isExact }) => isExact === undefined) && entry.some(type, test);
      return truth(isListed || own.some(({ isExact }) => isExact === true));
    },
    candidates: (): Candidates => ({
      kind: 'or',
      parts: members().map(({ groups }) => ({ kind: 'ids', ids: groups })),
    }),
  };
}

function membersNamed(context: FilterContext, assertion: Buffer, test: ValueTest): readonly NamedMember[] {
  const { schema, reader } = context;
  const form = schema.attribute('uid')?.equality?.form(assertion);
  const key = form === undefined ? undefined : indexKeyOfForm(form);
  const members: NamedMember[] = [];
  for (const block of (key === undefined ? undefined : reader.postings('uid', key))?.blocks() ?? []) {
    for (const id of block) {
      const entry = reader.entry(id);
      const uid = entry && entryAttribute(entry, 'uid')[0];
      const isExact = uid && test(uid, 0, uid.length);
      // Who has the name in another spelling is in no group by this one.
      if (isExact !== false) members.push({ id, groups: reader.linkedIds(id, 'memberOf') ?? noIds, isExact });
    }
  }
  return members;
}

/** Everything that can be reached over a link, directly or through entries that have the link themselves. */
function closure(context: FilterContext, from: EntryId, link: LinkName): IdSet {
  const groups = groupRanges(context);
  const reached = new Set<EntryId>();
  const pending = [from];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const block of context.reader.linkedIds(id, link)?.blocks() ?? []) {
      for (const next of block) {
        if (reached.has(next)) continue;
        reached.add(next);
        if (groups.some((range) => range.from <= next && next <= range.to)) pending.push(next);
      }
    }
  }
  return idSetOfUnsorted(reached);
}

/** Where the entries are that can have members: only they lead further, and a range spares a read for every user. */
function groupRanges(context: FilterContext): readonly IdRange[] {
  const classes = context.schema.objectClasses.filter(({ must, may }) =>
    [...must, ...may].some((type) => type.key === 'member'),
  );
  return normalizeRanges(classes.flatMap(({ key }) => context.reader.classRanges(key) ?? []));
}

/**
 * `(memberOf:1.2.840.113556.1.4.1941:=DN)`: membership through any number of groups ([MS-ADTS] 3.1.1.3.4.4.3). Circles end.
 * Undefined for attributes that are not links between entries.
 */
export function inChainNode(
  context: FilterContext,
  type: AttributeType,
  link: LinkName | undefined,
  form: Buffer,
): FilterNode {
  if (link === undefined || link === 'memberUid') return undefinedNode;
  return setNode(type, () => {
    const id = context.reader.findDn(form.toString());
    return id === undefined ? noIds : closure(context, id, inverseLink(link));
  });
}

/**
 * Who may read what. An operation is given the part of the published directory that its identity may read and has no other
 * way to the entries. The root DSE and the subschema are not in it; everybody reads them (RFC 4512 §5.1).
 */

import { entryAttribute } from './entry-codec.ts';
import { normalizeDn } from './dn.ts';
import type { BoundIdentity } from './identity.ts';
import { NarrowedReader } from './narrowed-reader.ts';
import { conceal } from './presentation.ts';
import type { Presentation } from './presentation.ts';
import type { DirectoryReader, EntryId } from './reader.ts';
import { noRights } from './rights.ts';
import type { GroupReference, ReadOperation, Rights, TreeLayout } from './rights.ts';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';
import { findGroup, visibleEntries } from './visible-entries.ts';
import type { VisibleEntries } from './visible-entries.ts';

/** The rights of all identities. */
export interface AccessRules {
  readonly tree: TreeLayout;
  /** Undefined: anonymous reads nothing. */
  readonly anonymous: Rights | undefined;
  /** What a user may read beside the own entry and the groups that the user is in. */
  readonly users: Rights;
  /** Of the service accounts that have rights of their own, by name. */
  readonly services: ReadonlyMap<string, Rights>;
  /** Of all other service accounts. Undefined: they read everything. */
  readonly otherServices: Rights | undefined;
}

/** A group that rights name and the directory does not have. */
interface UnknownGroup {
  /** The service account, or the key of `access` in the configuration. */
  readonly whose: string;
  readonly group: string;
}

/** Decides what identities read. Rights are looked up with every operation, in the directory that it is carried out on. */
export class Access {
  #rules: AccessRules;
  #schema: Schema;
  // What rights show changes with each publication only.
  readonly #visible = new WeakMap<DirectoryReader, Map<Rights, VisibleEntries>>();
  #presented = new WeakMap<Rights, WeakMap<Presentation, Presentation>>();
  #narrowed = new WeakMap<DirectoryReader, Map<string, DirectoryReader>>();

  constructor(rules: AccessRules, schema: Schema) {
    this.#rules = rules;
    this.#schema = schema;
  }

  /** From now on operations that begin have these rights. */
  use(rules: AccessRules): void {
    this.#rules = rules;
    this.#narrowed = new WeakMap();
  }

  /** From now on this is the schema. It must have every attribute that is in entries: one that it does not know is not hidden. */
  useSchema(schema: Schema): void {
    if (schema === this.#schema) return;
    this.#schema = schema;
    this.#presented = new WeakMap();
  }

  /** How the directory appears to an identity, which sees no more of `presentation` than the attributes that it may read. */
  presented(presentation: Presentation, who: BoundIdentity): Presentation {
    const rights = this.#rightsOf(who);
    if (rights === undefined || isEveryAttribute(rights)) return presentation;
    const known = this.#presented.get(rights) ?? new WeakMap<Presentation, Presentation>();
    this.#presented.set(rights, known);
    const narrower = known.get(presentation) ?? concealUnreadable(presentation, this.#schema, rights);
    known.set(presentation, narrower);
    return narrower;
  }

  /** The part of a directory that an identity may read by an operation, or undefined when it may not read anything by it. */
  readable(reader: DirectoryReader, who: BoundIdentity, operation: ReadOperation): DirectoryReader | undefined {
    const rights = this.#rightsOf(who);
    if (rights === undefined) return who.kind === 'anonymous' ? undefined : reader;
    if (!rights.operations.has(operation)) return undefined;
    switch (who.kind) {
      case 'service':
        return this.#service(reader, who, rights);
      case 'user': {
        const own = ownEntries(reader, who);
        return own && new NarrowedReader(reader, this.#visibleTo(reader, rights).with(own));
      }
      case 'anonymous':
        return new NarrowedReader(reader, this.#visibleTo(reader, rights));
    }
  }

  /** Whether an identity reads a part of the directory only, even if that should be all there is. */
  narrows(who: BoundIdentity): boolean {
    return this.#rightsOf(who) !== undefined;
  }

  /**
   * Tells apart what rights may show of directories: where it is equal for two, an entry of which nothing has changed is readable in
   * both or in neither. Empty for whoever reads everything.
   */
  scopeOf(reader: DirectoryReader, who: BoundIdentity): string {
    const rights = this.#rightsOf(who);
    if (rights === undefined) return '';
    const { bases = null, users, groups, sudoRules } = rights;
    const named = [users, groups].map((grant) =>
      typeof grant === 'string'
        ? grant
        : grant.map((group) => findGroup(reader, this.#schema, this.#rules.tree, group) ?? null),
    );
    return JSON.stringify([bases, ...named, sudoRules]);
  }

  /** The groups that rights name and this directory does not have: such rights grant less than was meant. */
  unknownGroups(reader: DirectoryReader): readonly UnknownGroup[] {
    const { anonymous, users, services, otherServices, tree } = this.#rules;
    const all = [
      ...services,
      ['access.services', otherServices ?? noRights] as const,
      ['access.users', users] as const,
      ['access.anonymous', anonymous ?? noRights] as const,
    ];
    const isUnknown = (group: GroupReference): boolean => findGroup(reader, this.#schema, tree, group) === undefined;
    return all.flatMap(([whose, rights]) => {
      const named = [rights.users, rights.groups].flatMap((grant) => (typeof grant === 'string' ? [] : grant));
      const unknown = new Set(named.filter(isUnknown).map(({ name }) => name));
      return [...unknown].map((group) => ({ whose, group }));
    });
  }

  #rightsOf(who: BoundIdentity): Rights | undefined {
    switch (who.kind) {
      case 'service':
        return this.#rules.services.get(who.name) ?? this.#rules.otherServices;
      case 'user':
        return this.#rules.users;
      case 'anonymous':
        return this.#rules.anonymous;
    }
  }

  #service(reader: DirectoryReader, { name, dn }: { name: string; dn: string }, rights: Rights): DirectoryReader {
    const ofReader = entryOf(this.#narrowed, reader);
    const known = ofReader.get(name);
    if (known !== undefined) return known;
    const own = reader.findDn(normalizeDn(dn) ?? '');
    const visible = this.#visibleTo(reader, rights);
    const narrowed = new NarrowedReader(reader, own === undefined ? visible : visible.with([own]));
    ofReader.set(name, narrowed);
    return narrowed;
  }

  #visibleTo(reader: DirectoryReader, rights: Rights): VisibleEntries {
    const ofReader = entryOf(this.#visible, reader);
    const known = ofReader.get(rights) ?? visibleEntries(reader, this.#schema, this.#rules.tree, rights);
    ofReader.set(rights, known);
    return known;
  }
}

function entryOf<K, V>(maps: WeakMap<DirectoryReader, Map<K, V>>, reader: DirectoryReader): Map<K, V> {
  const known = maps.get(reader) ?? new Map<K, V>();
  maps.set(reader, known);
  return known;
}

function isEveryAttribute({ attributes, hiddenAttributes }: Rights): boolean {
  return attributes === undefined && hiddenAttributes.length === 0;
}

// Every search asks for them, and they say no more than that the entry exists.
const alwaysReadable: ReadonlySet<string> = new Set(['objectclass', 'structuralobjectclass']);

function concealUnreadable(
  presentation: Presentation,
  schema: Schema,
  { attributes, hiddenAttributes }: Rights,
): Presentation {
  const readable = attributes && typesNamed(schema, attributes);
  const hidden = typesNamed(schema, hiddenAttributes);
  return conceal(presentation, schema, {
    attributes: (type) => {
      if (hidden.has(type)) return 'unreadable';
      return readable?.has(type) === false && !alwaysReadable.has(type.key) ? 'unreadable' : undefined;
    },
  });
}

/** The types that names stand for, those of `@class` (RFC 4529) and subtypes included. */
function typesNamed(schema: Schema, names: readonly string[]): ReadonlySet<AttributeType> {
  return new Set(
    names.flatMap((name) => {
      if (!name.startsWith('@')) {
        const type = schema.attribute(name);
        return type === undefined ? [] : schema.subtypes(type);
      }
      const objectClass = schema.objectClass(name.slice(1));
      return objectClass === undefined ? [] : [...objectClass.must, ...objectClass.may];
    }),
  );
}

/** A user's entry and the groups that the user is in; undefined once the user is gone or locked: then the bind counts no more (P7). */
function ownEntries(
  reader: DirectoryReader,
  { entryId, objectId }: Extract<BoundIdentity, { kind: 'user' }>,
): readonly EntryId[] | undefined {
  const bytes = reader.entry(entryId);
  if (bytes === undefined || textOf(bytes, 'entryUUID') !== objectId) return undefined;
  if (textOf(bytes, 'nsAccountLock')?.toUpperCase() === 'TRUE') return undefined;
  const own = [entryId];
  for (const block of reader.linkedIds(entryId, 'memberOf')?.blocks() ?? []) own.push(...block);
  return own;
}

function textOf(bytes: Buffer, attribute: string): string | undefined {
  return entryAttribute(bytes, attribute)[0]?.toString('utf8');
}

/** What an identity may do, as the configuration grants it. What is not granted is denied. */

/** A group that rights name: by its DN in normal form, or by the id of its object in the tenant, which survives renaming. */
export type GroupReference =
  /** `name` is how the administrator wrote it. */
  { readonly name: string; readonly dn: string } | { readonly name: string; readonly entryUuid: string };

/** Entries of one container: all, none, or those that belong to groups (of users the members, of groups the groups themselves). */
export type EntryGrant = 'all' | 'none' | readonly GroupReference[];

/** Operations that read entries. */
export type ReadOperation = 'search' | 'compare' | 'sync';

/** Every operation that reads entries. */
export const readOperations: readonly ReadOperation[] = ['search', 'compare', 'sync'];

/** Rights of one account, or of all identities of a kind. */
export interface Rights {
  /** Normal forms of the DNs below which entries are granted; undefined: anywhere. */
  readonly bases: readonly string[] | undefined;
  readonly users: EntryGrant;
  /** With `all`, also the private groups of users. */
  readonly groups: EntryGrant;
  /** Whether the sudo rules, all of them, and their container. */
  readonly sudoRules: boolean;
  /** Names of attributes, or `@` and the name of an object class for all of its attributes; undefined: every attribute. */
  readonly attributes: readonly string[] | undefined;
  /** The same: what is in it cannot be read, whatever `attributes` says. */
  readonly hiddenAttributes: readonly string[];
  readonly operations: ReadonlySet<ReadOperation>;
}

/** Where the kinds of entries are, as DNs in normal form. */
export interface TreeLayout {
  readonly base: string;
  readonly users: string;
  readonly groups: string;
  readonly services: string;
  /** Where private groups and sudo rules are, when there are any. */
  readonly privateGroups: string;
  readonly sudoers: string;
}

/** Rights without a single entry. */
export const noRights: Rights = {
  bases: undefined,
  users: 'none',
  groups: 'none',
  sudoRules: false,
  attributes: undefined,
  hiddenAttributes: [],
  operations: new Set(readOperations),
};

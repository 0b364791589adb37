import { normalizeDn } from '../directory/dn.ts';
import { entryAttribute, entryDn } from '../directory/entry-codec.ts';
import { indexKey } from '../directory/index-key.ts';
import { DirectoryStorageError } from '../directory/reader.ts';
import type { DirectoryReader, DirectorySource, EntryId } from '../directory/reader.ts';
import type { Schema } from '../directory/schema.ts';

/** A published user, as far as a bind needs to know. */
export interface BindUser {
  readonly entryId: EntryId;
  readonly objectId: string;
  readonly dn: string;
  /** Undefined for a user whom Entra does not have. */
  readonly userPrincipalName: string | undefined;
  /** Only the overlay has the user, so that Entra knows nothing of the password. */
  readonly isLocal: boolean;
  /** Disabled or otherwise barred: no password opens the account. */
  readonly locked: boolean;
  /** Belongs to another tenant, which alone could check the password. */
  readonly guest: boolean;
  /** Changes whenever the password is changed, or sessions are ended: when Entra says that both last were. */
  readonly credentialVersion: string;
  /** Changes whenever the entry does: the change sequence number of its last change. */
  readonly version: string;
}

/** What a bind name stands for. */
export type UserLookupOutcome =
  | { readonly kind: 'user'; readonly user: BindUser }
  | { readonly kind: 'none' }
  /** Several users answer to the name. */
  | { readonly kind: 'ambiguous' }
  /** No directory has been published yet. */
  | { readonly kind: 'unpublished' }
  /** The store could not be read. */
  | { readonly kind: 'unavailable'; readonly cause: unknown };

/** Finds the one published user that a bind name stands for. */
export interface UserLookup {
  /** `name` is a DN, a user principal name, a mail address, a uid or `DOMAIN\uid`, in any letter case (PAIN-10). Never throws. */
  find(name: string): UserLookupOutcome;
  /** The published user with this object id. Never throws. */
  byObjectId(objectId: string): UserLookupOutcome;
}

const loginAttributes = ['userPrincipalName', 'mail', 'uid'];
const accountAttributes = ['uid', 'sAMAccountName'];

const controlCharacter = /\p{Cc}/u;

// More people with one mail address are as ambiguous as two.
const candidatesMax = 16;

/** A lookup in what is published at the moment of asking: who is not in the directory cannot log in (FED-04). */
export function createUserLookup(source: DirectorySource, schema: Schema): UserLookup {
  const search = (look: (reader: DirectoryReader) => UserLookupOutcome): UserLookupOutcome => {
    try {
      using lease = source.acquire();
      return lease === undefined ? { kind: 'unpublished' } : look(lease.reader);
    } catch (error) {
      if (error instanceof DirectoryStorageError) return { kind: 'unavailable', cause: error };
      throw error;
    }
  };
  return {
    find: (name) => search((reader) => findIn(reader, schema, name)),
    byObjectId: (objectId) => search((reader) => findByValue(reader, schema, ['entryUUID'], objectId)),
  };
}

function findIn(reader: DirectoryReader, schema: Schema, name: string): UserLookupOutcome {
  // Preparation for comparing drops control characters (RFC 4518 §2.2). In a search that is kind, in a bind nobody types them.
  if (controlCharacter.test(name)) return { kind: 'none' };
  const dn = normalizeDn(name);
  if (dn !== undefined) {
    const id = reader.findDn(dn);
    return outcome(id === undefined ? [] : readUser(reader, id));
  }
  const account = /^[^\\]+\\([^\\]+)$/.exec(name)?.[1];
  if (account !== undefined) return findByValue(reader, schema, accountAttributes, account);
  return findByValue(reader, schema, loginAttributes, name);
}

function findByValue(reader: DirectoryReader, schema: Schema, attributes: string[], value: string): UserLookupOutcome {
  const users = new Map<EntryId, BindUser>();
  for (const attribute of attributes) {
    const type = schema.attribute(attribute);
    const key = indexKey(schema, attribute, value);
    const candidates = type && key && reader.postings(type.key, key);
    if (candidates === undefined) continue;
    if (candidates.size > candidatesMax) return { kind: 'ambiguous' };
    for (const block of candidates.blocks()) {
      for (const id of block) {
        for (const user of readUser(reader, id, (bytes) => holds(schema, bytes, attribute, value))) users.set(id, user);
      }
    }
  }
  return outcome([...users.values()]);
}

// Long values share index keys, so the entry itself has the last word.
function holds(schema: Schema, bytes: Buffer, attribute: string, value: string): boolean {
  const rule = schema.attribute(attribute)?.equality;
  const wanted = rule?.form(Buffer.from(value));
  if (rule === undefined || wanted === undefined) return false;
  return entryAttribute(bytes, attribute).some((held) => rule.form(held)?.equals(wanted) === true);
}

function readUser(reader: DirectoryReader, id: EntryId, accept: (bytes: Buffer) => boolean = () => true): BindUser[] {
  const bytes = reader.entry(id);
  if (bytes === undefined || !accept(bytes)) return [];
  const user = userOf(bytes);
  return user === undefined ? [] : [{ entryId: id, ...user }];
}

/** The user of an entry as it is published; undefined for what is no user. */
export function userOf(bytes: Buffer): Omit<BindUser, 'entryId'> | undefined {
  const objectId = text(bytes, 'entryUUID');
  // Only users have a uid; groups have mail addresses too.
  if (objectId === undefined || text(bytes, 'uid') === undefined) return undefined;
  return {
    objectId,
    dn: entryDn(bytes),
    userPrincipalName: text(bytes, 'userPrincipalName'),
    isLocal: isLocal(bytes),
    locked: text(bytes, 'nsAccountLock')?.toUpperCase() === 'TRUE',
    guest: text(bytes, 'userType')?.toLowerCase() === 'guest',
    credentialVersion: `${text(bytes, 'pwdChangedTime') ?? ''}/${text(bytes, 'entraSessionsValidFrom') ?? ''}`,
    version: text(bytes, 'entryCSN') ?? '',
  };
}

/** The first source of an entry is the tenant unless only the overlay has it. */
function isLocal(bytes: Buffer): boolean {
  return text(bytes, 'entraSource') === 'overlay';
}

function text(bytes: Buffer, attribute: string): string | undefined {
  return entryAttribute(bytes, attribute)[0]?.toString('utf8');
}

function outcome(users: readonly BindUser[]): UserLookupOutcome {
  const [user, other] = users;
  if (user === undefined) return { kind: 'none' };
  return other === undefined ? { kind: 'user', user } : { kind: 'ambiguous' };
}

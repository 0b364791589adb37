/** Which attributes the overlay may change, and what values they admit there. */
import type { AttributeType } from '../directory/schema-elements.ts';
import type { Schema } from '../directory/schema.ts';
import { activeDirectoryOnly } from './active-directory.ts';
import { type Fit, fitOf } from './attribute-values.ts';
import { GROUP_CLASSES, USER_CLASSES } from './object-classes.ts';
import { addedClasses } from './schema-additions.ts';
import { passwdPath } from './source-property.ts';
import type { EntryOwner } from './source-setting.ts';
import { isOneSshPublicKey } from './ssh-public-key.ts';

/** An attribute that the overlay may change. */
export interface OverlayAttribute {
  readonly type: AttributeType;
  readonly fit: Fit;
  /** False when every entry has it. */
  readonly isRemovable: boolean;
}

const lock = 'says whether an account is locked; write enabled: false';
const name = 'is the name of the entry';
const given = 'is given once and for ever';

/** What stays as it is, by key, and why. */
const kept: Readonly<Record<EntryOwner, Readonly<Record<string, string>>>> = {
  users: {
    uid: name,
    uidnumber: given,
    gidnumber: 'is the primary group; use users.primaryGroup in the configuration',
    userprincipalname: 'is the name by which Entra checks passwords',
    shadowexpire: lock,
    nsaccountlock: lock,
    pwdaccountlockedtime: lock,
    useraccountcontrol: lock,
    accountenabled: lock,
  },
  groups: { cn: name, gidnumber: given },
};

const links: ReadonlySet<string> = new Set(['member', 'uniquemember', 'memberuid', 'memberof']);
const own: Readonly<Record<string, Fit>> = {
  homedirectory: passwdPath,
  loginshell: passwdPath,
  sshpublickey: (text) => (isOneSshPublicKey(text.trim()) ? text.trim() : undefined),
};

/** The attribute, or a clause that says why the overlay cannot change it. */
export function overlayAttribute(
  owner: EntryOwner,
  type: AttributeType,
  schema: Schema,
): OverlayAttribute | { readonly problem: string } {
  const why = kept[owner][type.key] ?? keptAnywhere(type);
  if (why !== undefined) return { problem: why };
  const classes = [...(owner === 'users' ? USER_CLASSES : GROUP_CLASSES), addedClasses[owner]];
  const known = classes.flatMap((each) => schema.objectClass(each) ?? []);
  const isNeeded = known.some(({ must }) => must.includes(type));
  if (!isNeeded && !known.some(({ may }) => may.includes(type))) {
    return { problem: `is nothing that entries of ${owner} have; ${owner}.attributes in the configuration can add it` };
  }
  const fit = own[type.key] ?? fitOf(type);
  if (fit === undefined) return { problem: 'holds no text' };
  return { type, fit, isRemovable: !isNeeded && type.key !== 'loginshell' };
}

function keptAnywhere(type: AttributeType): string | undefined {
  if (links.has(type.key)) return 'is kept by members; add members under members';
  if (type.key === 'objectclass' || type.operational) return 'is kept by the directory itself';
  if (type.key === 'userpassword') return 'is never served; a local user has passwordHash';
  return activeDirectoryOnly.has(type.key) ? 'is worked out for directory.activeDirectory' : undefined;
}

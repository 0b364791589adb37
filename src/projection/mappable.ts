/** What of the map of attributes is allowed, and what to use instead of what is not. */
import { fitOf } from './attribute-values.ts';
import { attributeKey, ownNamesFor } from './attribute-map.ts';
import { activeDirectoryOnly } from './active-directory.ts';
import { defaultMap, mandatory } from './default-map.ts';
import { isKeystring } from '../directory/schema-notation.ts';
import { standardSchema } from '../directory/schema.ts';
import { Syntax } from '../directory/schema-syntaxes.ts';
import { isReference, parseSource, type Source } from './source.ts';
import type { AttributeSetting, EntryOwner } from './source-setting.ts';

/** The longest name of an attribute that no schema has, in characters. */
const nameLengthMax = 64;

const lock = 'says whether an account is locked, which is decided by Entra and by policy';
const numbers = 'is worked out by the program';

/** What cannot be mapped, by key, and why or what to use. */
const kept: Readonly<Record<EntryOwner, Readonly<Record<string, string>>>> = {
  users: {
    objectclass: numbers,
    uid: 'is the name of the entry; use users.uidFrom',
    uidnumber: 'is given once and for ever; use users.uidNumberFrom',
    gidnumber: 'is the primary group; use users.primaryGroup',
    homedirectory: 'has keys of its own; use users.homeDirectory and users.homeDirectoryFrom',
    loginshell: 'has keys of its own; use users.loginShell and users.loginShellFrom',
    sshpublickey: 'lets people sign in; use users.sshPublicKeyFrom',
    userprincipalname: 'is the name by which Entra checks passwords, and stays what it is in Entra',
    userpassword: 'is never served; passwords are checked by binding',
    shadowexpire: lock,
    nsaccountlock: lock,
    pwdaccountlockedtime: lock,
    useraccountcontrol: lock,
  },
  groups: {
    objectclass: numbers,
    cn: 'is the name of the entry; use groups.nameFrom',
    gidnumber: 'is given once and for ever; use groups.gidNumberFrom',
    userpassword: 'is never served',
  },
};

const links = 'is the members of groups as Entra has them';
const linked: ReadonlySet<string> = new Set(['member', 'uniquemember', 'memberuid', 'memberof']);

/** Why an attribute cannot be mapped, or undefined when it can. */
export function nameProblem(owner: EntryOwner, name: string): string | undefined {
  const type = standardSchema.attribute(name);
  if (type === undefined) {
    if (!isKeystring(name) || name.length > nameLengthMax) {
      return `is no name of an attribute: it must have letters, digits and hyphens, a letter first, at most ${nameLengthMax} in all`;
    }
    return undefined;
  }
  const why = kept[owner][type.key];
  if (why !== undefined) return why;
  if (linked.has(type.key)) return links;
  if (type.key === 'entrasource') return numbers;
  if (type.key.startsWith('samba')) return 'is shown to service accounts with ntHash: true (docs/samba.md)';
  if (type.operational) return 'is kept by the directory itself';
  if (activeDirectoryOnly.has(type.key)) return 'is worked out for directory.activeDirectory';
  return fitOf(type) === undefined ? 'holds no text, so that nothing of Microsoft Graph can be put there' : undefined;
}

/** A problem with what is written for an attribute; `at` leads to the part of it, `unknownName` is no property. */
export interface SettingProblem {
  readonly problem: string;
  readonly at: readonly (string | number)[];
  readonly unknownName?: string;
}

/** What is wrong with what is written for an attribute that can be mapped, or undefined. */
export function settingProblem(owner: EntryOwner, name: string, setting: AttributeSetting): SettingProblem | undefined {
  const key = attributeKey(name);
  if (setting === false) {
    const isMapped = defaultMap[owner].some(([each]) => attributeKey(each) === key);
    if (mandatory[owner][key] !== undefined)
      return whole('cannot be removed, for every user has one; map it to something else');
    return isMapped ? undefined : whole('is not mapped, so that there is nothing to remove; remove the line');
  }
  const reading = parseSource(owner, setting, ownNamesFor(owner, name));
  return 'problem' in reading ? reading : sourceProblem(name, reading.source);
}

function sourceProblem(name: string, source: Source): SettingProblem | undefined {
  const type = standardSchema.attribute(name);
  const references = source.filter(isReference).length;
  if (references > 0 && type !== undefined && type.syntax !== Syntax.dn) {
    return whole('holds no names of entries; use an attribute such as manager or seeAlso');
  }
  if (references > 0 && type === undefined && references < source.length) {
    return whole('is partly another entry and partly text; use one of them');
  }
  const fit = type && fitOf(type);
  const constants = source.flatMap((each) => (each.kind === 'constant' ? each.values : []));
  if (fit !== undefined && constants.some((value) => fit(value) === undefined)) {
    return whole('has a fixed value that the syntax of the attribute does not admit');
  }
  return undefined;
}

function whole(problem: string): SettingProblem {
  return { problem, at: [] };
}

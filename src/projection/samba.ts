/** What Samba's passdb backend `ldapsam` and RADIUS servers find beside the published entries, for those to whom it is granted. */
import type { AddedEntry, Additions, IndexLookup } from '../directory/augmented-reader.ts';
import { escapeRdnValue, normalizeDn } from '../directory/dn.ts';
import { encodeEntry, entryAttribute } from '../directory/entry-codec.ts';
import type { EntryGraft } from '../directory/entry-graft.ts';
import { indexKey } from '../directory/index-key.ts';
import { standardSchema } from '../directory/schema.ts';
import { fixedEntry } from './fixed-entries.ts';
import { accountOfSid, accountSid, algorithmicRidBase } from './samba-sid.ts';

/** How Samba's view is made. */
export interface SambaSettings {
  readonly baseDn: string;
  /** The identifier that all accounts share. */
  readonly domainSid: string;
  /** Names under which Samba servers look for their domain: their NetBIOS names, or their workgroup. */
  readonly domains: readonly string[];
}

/** The NT hash of a password that is good now. */
export interface CurrentNtHash {
  /** 32 hexadecimal digits. */
  readonly hash: string;
  /** When the password was found right. */
  readonly provenAtMs: number;
}

/** Looks up the hash of the user with this entry; undefined when there is none, or none that is good. */
export type NtHashLookup = (entry: Buffer) => CurrentNtHash | undefined;

const sidKey = 'sambasid';

/** Accounts, groups and domains as Samba reads them. Hashes are looked up each time an entry is read. */
export function sambaAdditions(settings: SambaSettings, ntHashOf: NtHashLookup): Additions {
  const { baseDn, domainSid, domains } = settings;
  return {
    base: normalizeDn(baseDn) ?? '',
    // What an earlier publication says of a password and a lock may be over by now (P7).
    of: (bytes, isNewest) =>
      accountGraft(domainSid, bytes, isNewest ? ntHashOf : () => undefined) ?? groupGraft(domainSid, bytes),
    entries: domains.map((name) => domainEntry(settings, name)),
    classes: new Map([
      ['sambasamaccount', 'posixaccount'],
      ['sambagroupmapping', 'posixgroup'],
    ]),
    entryClass: 'sambadomain',
    lookup: (attribute, key) => (attribute === sidKey ? lookUpSid(domainSid, key.toString()) : undefined),
  };
}

function accountGraft(domainSid: string, bytes: Buffer, ntHashOf: NtHashLookup): EntryGraft | undefined {
  const sid = sidOf(domainSid, bytes, 'user');
  if (sid === undefined) return undefined;
  const isLocked = textOf(bytes, 'nsAccountLock')?.toUpperCase() === 'TRUE';
  const kept = isLocked ? undefined : ntHashOf(bytes);
  const primary = sidOf(domainSid, bytes, 'group');
  return {
    classes: ['sambaSamAccount'],
    attributes: [
      ['sambaSID', [sid]],
      ...(primary === undefined ? [] : [['sambaPrimaryGroupSID', [primary]] as const]),
      // A normal account whose password does not run out here: that is for Entra to say.
      ['sambaAcctFlags', [isLocked ? '[UDX        ]' : '[UX         ]']],
      ...(kept === undefined
        ? []
        : ([
            ['sambaNTPassword', [kept.hash]],
            ['sambaPwdLastSet', [String(Math.floor(kept.provenAtMs / 1000))]],
          ] as const)),
    ],
  };
}

/** SID_NAME_DOM_GRP: a group of the domain. */
const domainGroup = '2';

function groupGraft(domainSid: string, bytes: Buffer): EntryGraft | undefined {
  if (textOf(bytes, 'uidNumber') !== undefined) return undefined;
  const sid = sidOf(domainSid, bytes, 'group');
  if (sid === undefined) return undefined;
  return {
    classes: ['sambaGroupMapping'],
    attributes: [
      ['sambaSID', [sid]],
      ['sambaGroupType', [domainGroup]],
    ],
  };
}

/** Samba writes these into its domain when they are missing, which it cannot do here: nothing runs out, and nobody is locked out. */
const policies: readonly (readonly [name: string, value: string])[] = [
  ['sambaMinPwdLength', '0'],
  ['sambaPwdHistoryLength', '0'],
  ['sambaLogonToChgPwd', '0'],
  ['sambaMaxPwdAge', '-1'],
  ['sambaMinPwdAge', '0'],
  ['sambaLockoutDuration', '30'],
  ['sambaLockoutObservationWindow', '30'],
  ['sambaLockoutThreshold', '0'],
  ['sambaForceLogoff', '-1'],
  ['sambaRefuseMachinePwdChange', '0'],
];

function domainEntry({ baseDn, domainSid }: SambaSettings, name: string): AddedEntry {
  const dn = `sambaDomainName=${escapeRdnValue(name)},${baseDn}`;
  const { content } = fixedEntry(dn, ['top', 'sambaDomain'], 'sambaDomain', [
    ['sambaSID', [domainSid]],
    ['sambaAlgorithmicRidBase', [String(algorithmicRidBase)]],
    ...policies.map(([policy, value]) => [policy, [value]] as const),
  ]);
  return { dn: normalizeDn(dn) ?? '', bytes: encodeEntry(standardSchema, content) };
}

/** `sid` in normal form, which is lower case. */
function lookUpSid(domainSid: string, sid: string): IndexLookup {
  if (sid === domainSid.toLowerCase()) return { kind: 'added' };
  const account = accountOfSid(domainSid, sid);
  if (account === undefined) return { kind: 'none' };
  const attribute = account.kind === 'user' ? 'uidnumber' : 'gidnumber';
  const key = indexKey(standardSchema, attribute, String(account.number));
  return key === undefined ? { kind: 'none' } : { kind: 'published', attribute, key };
}

function sidOf(domainSid: string, bytes: Buffer, kind: 'user' | 'group'): string | undefined {
  const number = textOf(bytes, kind === 'user' ? 'uidNumber' : 'gidNumber');
  return number === undefined ? undefined : accountSid(domainSid, kind, Number(number));
}

function textOf(bytes: Buffer, attribute: string): string | undefined {
  return entryAttribute(bytes, attribute)[0]?.toString('utf8');
}

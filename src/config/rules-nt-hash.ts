/** Rules for NT hashes that need more than one key. */
import { atKey, type Finding } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

type Parts = Readable<ParsedConfig>;

/** Every rule on NT hashes that the document breaks. */
export function brokenNtHashRules(config: Parts): Finding[] {
  return [...ungrounded(config), ...repeatedDomains(config)];
}

/** What is allowed but dangerous, or probably not meant. */
export function ntHashDoubts(config: Parts): Finding[] {
  const { ntHash, entra } = config?.bind ?? {};
  if (ntHash?.enabled !== true) return [];
  const readers = readersOf(config);
  const risk =
    'keeps of passwords what is as good as the password where NTLM is spoken (pass-the-hash); keep what docs/samba.md says';
  const idle = 'keeps nothing, for bind.entra.enabled is false and so no password is ever found right';
  const unread = 'is of no use to anybody: no service account has ntHash: true';
  return [
    atKey(['bind', 'ntHash', 'enabled'], risk),
    ...(entra?.enabled === false ? [atKey(['bind', 'ntHash', 'enabled'], idle)] : []),
    ...(readers.length === 0 ? [atKey(['bind', 'ntHash', 'enabled'], unread)] : []),
    ...readers.flatMap((index) => readerDoubts(config, index)),
  ];
}

function readersOf(config: Parts): readonly number[] {
  const accounts = config?.serviceAccounts ?? [];
  return accounts.flatMap((account, index) => (account?.ntHash === true ? [index] : []));
}

function ungrounded(config: Parts): Finding[] {
  if (config?.bind?.ntHash?.enabled !== false) return [];
  const message = 'needs bind.ntHash.enabled: true; turn that on, or remove this';
  return readersOf(config).map((index) => atKey(['serviceAccounts', index, 'ntHash'], message));
}

function repeatedDomains(config: Parts): Finding[] {
  const seen = new Map<string, number>();
  return (config?.bind?.ntHash?.sambaDomains ?? []).flatMap((name, index) => {
    const key = name?.toUpperCase();
    if (key === undefined) return [];
    const other = seen.get(key);
    if (other === undefined) seen.set(key, index);
    const message = `is the same name as bind.ntHash.sambaDomains[${other}]; remove one`;
    return other === undefined ? [] : [atKey(['bind', 'ntHash', 'sambaDomains', index], message)];
  });
}

function readerDoubts(config: Parts, index: number): Finding[] {
  const account = config?.serviceAccounts?.[index];
  const path = ['serviceAccounts', index];
  const attributes = account?.rights?.attributes?.map((name) => name?.toLowerCase());
  const isListed =
    attributes === undefined || ['sambantpassword', '@sambasamaccount'].some((name) => attributes.includes(name));
  const everywhere =
    'lets the account read NT hashes from every address; list the networks of its servers in allowFrom';
  const unlisted = 'does not list sambaNTPassword, so that ntHash has no effect; add "@sambaSamAccount"';
  return [
    ...(account?.allowFrom === undefined ? [atKey([...path, 'ntHash'], everywhere)] : []),
    ...(isListed ? [] : [atKey([...path, 'rights', 'attributes'], unlisted)]),
  ];
}

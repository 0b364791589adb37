/** Rules for the service accounts that need more than one key. */
import { normalizeDn } from '../directory/dn.ts';
import { parseAlternativeName } from '../identity/alternative-name.ts';
import { serviceAccountKey } from './names.ts';
import { atKey, type Finding, type KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

const certificateKeys = ['certificateSubject', 'certificateAltName'] as const;

type IsPresent = (path: KeyPath) => boolean;
type Accounts = Readable<ParsedConfig['serviceAccounts']>;

/** Every rule on service accounts that the document breaks; `isPresent` says whether it has something at a path. */
export function brokenAccountRules(config: Readable<ParsedConfig>, isPresent: IsPresent): Finding[] {
  const accounts = config?.serviceAccounts;
  return [
    ...repeated(accounts, 'name', 'name', serviceAccountKey),
    ...repeated(accounts, 'certificateSubject', 'subject', normalizeDn),
    ...repeated(accounts, 'certificateAltName', 'other name', parseAlternativeName),
    ...proofs(accounts, isPresent),
    ...sources(accounts),
    ...bursts(accounts, isPresent),
  ];
}

/** Names and certificates lead to one account each, also where they are spelled differently. */
function repeated(
  accounts: Accounts,
  key: 'name' | (typeof certificateKeys)[number],
  what: string,
  normalize: (text: string) => string | undefined,
): Finding[] {
  const seen = new Map<string, number>();
  const findings: Finding[] = [];
  for (const [index, account] of (accounts ?? []).entries()) {
    const text = account?.[key];
    const normal = text === undefined ? undefined : normalize(text);
    if (normal === undefined) continue;
    const other = seen.get(normal);
    if (other === undefined) seen.set(normal, index);
    else {
      const message = `is the ${what} of serviceAccounts[${other}] too; letter case and spacing do not tell ${what}s apart`;
      findings.push(atKey(['serviceAccounts', index, key], message));
    }
  }
  return findings;
}

function proofs(accounts: Accounts, isPresent: IsPresent): Finding[] {
  const hasCa = isPresent(['ldap', 'tls', 'clientCa']);
  return (accounts ?? []).flatMap((account, index) => {
    const path = ['serviceAccounts', index];
    const certificates = certificateKeys.map((key) => [...path, key]).filter(isPresent);
    const isOpened = account === undefined || certificates.length > 0 || isPresent([...path, 'passwordHash']);
    if (!isOpened) return [atKey(path, 'needs passwordHash, certificateSubject or certificateAltName')];
    const message = 'needs ldap.tls.clientCa, the authorities that sign the certificates';
    return hasCa ? [] : certificates.map((key) => atKey(key, message));
  });
}

function sources(accounts: Accounts): Finding[] {
  const message = 'is empty, so that nobody could use the account; list networks';
  return (accounts ?? []).flatMap((account, index) =>
    account?.allowFrom?.length === 0 ? [atKey(['serviceAccounts', index, 'allowFrom'], message)] : [],
  );
}

function bursts(accounts: Accounts, isPresent: IsPresent): Finding[] {
  return (accounts ?? []).flatMap((_, index) => {
    const limits = ['serviceAccounts', index, 'limits'];
    const isAlone = isPresent([...limits, 'burst']) && !isPresent([...limits, 'operationsPerSecond']);
    return isAlone ? [atKey([...limits, 'burst'], 'has no meaning without operationsPerSecond; add it')] : [];
  });
}

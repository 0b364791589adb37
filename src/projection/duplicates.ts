/**
 * Tells whether two accounts of a hybrid tenant are one person's: a cloud account, and one that is synchronized from Active
 * Directory and was not joined with it (https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-install-existing-tenant).
 * Pure: hands out what two such accounts have in common, and looks nothing up.
 */
import type { GraphProperties } from '../identity/change.ts';
import { accountType } from './kinds.ts';
import { text, texts } from './values.ts';

/** What two accounts of one person have in common. */
export type DuplicateSign = 'immutable id' | 'sAMAccountName' | 'mail address' | 'user principal name';

/** A sign with its value, so that equal ones are the same text. */
export interface PersonKey {
  readonly sign: DuplicateSign;
  readonly key: string;
}

/** The properties that signs are made of. */
export const duplicateProperties = [
  'mail',
  'onPremisesImmutableId',
  'onPremisesSamAccountName',
  'onPremisesSyncEnabled',
  'proxyAddresses',
] as const;

/** Whether an account may be one of two: guests have one elsewhere. */
export function canBeDuplicate(properties: GraphProperties): boolean {
  return text(properties, 'userType')?.toLowerCase() !== 'guest';
}

/** The signs of an account, the surest first. */
export function personKeys(properties: GraphProperties): readonly PersonKey[] {
  return [
    ...keyOf('immutable id', text(properties, 'onPremisesImmutableId')),
    ...keyOf('sAMAccountName', text(properties, 'onPremisesSamAccountName')?.toLowerCase()),
    ...[...addresses(properties)].flatMap((address) => keyOf('mail address', address)),
    ...keyOf('user principal name', initialName(properties)),
  ];
}

function keyOf(sign: DuplicateSign, value: string | undefined): readonly PersonKey[] {
  return value === undefined || value === '' ? [] : [{ sign, key: `${sign}:${value}` }];
}

function addresses(properties: GraphProperties): ReadonlySet<string> {
  const proxies = texts(properties, 'proxyAddresses').flatMap((each) => /^smtp:(.+)$/i.exec(each)?.[1] ?? []);
  return new Set([text(properties, 'mail') ?? '', ...proxies].map((each) => each.toLowerCase()));
}

/**
 * The local part by which a name that was taken is told again: whoever is synchronized under a taken name is given one below
 * `onmicrosoft.com`, with four digits behind it
 * (https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-syncservice-duplicate-attribute-resiliency).
 */
function initialName(properties: GraphProperties): string | undefined {
  const name = text(properties, 'userPrincipalName')?.toLowerCase() ?? '';
  if (accountType(properties) === 'cloud') return /^([^@]+)@/.exec(name)?.[1];
  return /^([^@]+?)(?:\d{4})?@[^@]+\.onmicrosoft\.com$/.exec(name)?.[1];
}

/**
 * The security identifiers under which Samba knows users and groups. They follow from the POSIX numbers as Samba itself makes
 * them (`algorithmic rid base`): a number is given once and for ever, and so what files on a file server belong to stays so.
 */
import { createHash } from 'node:crypto';
import type { TenantId } from '../identity/ids.ts';

/** Where the numbers of users and groups begin; Samba's default. */
export const algorithmicRidBase = 1000;

const ridMax = 0xffff_ffff;
const domainPattern = /^S-1-5-21(?:-(?:0|[1-9]\d{0,9})){3}$/;

/** Whether a text is the identifier of a domain of Windows: S-1-5-21 and three numbers below 2^32. */
export function isDomainSid(text: string): boolean {
  return domainPattern.test(text) && text.split('-').every((part) => part === 'S' || Number(part) <= ridMax);
}

/** The domain of a tenant where the administrator names none: the same in every daemon of the tenant. */
export function domainSidOf(tenant: TenantId): string {
  const digest = createHash('sha256').update(`entra-ldapd domain of ${tenant}`).digest();
  return `S-1-5-21-${[0, 4, 8].map((at) => digest.readUInt32BE(at)).join('-')}`;
}

/** The identifier of a user or group with this number; undefined for the few highest numbers, for which there is none. */
export function accountSid(domain: string, kind: 'user' | 'group', number: number): string | undefined {
  const rid = algorithmicRidBase + 2 * number + (kind === 'user' ? 0 : 1);
  return rid <= ridMax ? `${domain}-${rid}` : undefined;
}

/** Whose identifier this is, in any letter case; undefined when it is none of the domain's users and groups. */
export function accountOfSid(
  domain: string,
  sid: string,
): { readonly kind: 'user' | 'group'; readonly number: number } | undefined {
  const prefix = `${domain}-`;
  if (sid.slice(0, prefix.length).toUpperCase() !== prefix) return undefined;
  const digits = sid.slice(prefix.length);
  const offset = Number(digits) - algorithmicRidBase;
  if (!/^[1-9]\d{0,9}$/.test(digits) || offset < 0) return undefined;
  return { kind: offset % 2 === 0 ? 'user' : 'group', number: Math.floor(offset / 2) };
}

import type { Denial, LinkVerdict } from './link.ts';

// No password opens these accounts any more.
const closing: ReadonlySet<Denial> = new Set(['noSuchUser', 'disabled', 'expired', 'mustChange', 'notAllowed']);

/**
 * Whether nothing that is kept of a user's password is good after this refusal by Entra, whichever password was typed: no
 * password opens the account, or the right one was typed and does not get in, so that what is kept is that one or an older one.
 */
export function endsKeptPasswords({ denial, isProven }: Extract<LinkVerdict, { kind: 'refused' }>): boolean {
  return isProven === true || closing.has(denial);
}

/**
 * Whether a refusal says anything about the password. One that Entra was not asked for does not, nor does a lock: Entra does not look
 * at the password of an account that is locked, and whoever can have it locked could end what is kept.
 */
export function isAboutPassword({ denial, entra }: Extract<LinkVerdict, { kind: 'refused' }>): boolean {
  return entra !== undefined && denial !== 'locked';
}

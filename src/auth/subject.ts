import type { Verdict } from './chain.ts';
import type { Subject } from './link.ts';
import type { ServiceAccounts } from './service-accounts.ts';
import type { BindUser, UserLookup } from './user-lookup.ts';

/** Whom a bind name stands for, or why that cannot be told now. */
export type Identified = { readonly subject: Subject } | { readonly verdict: Verdict };

/** Finds whom a bind name stands for: a service account, else exactly one published user. Never throws. */
export function identify(name: string, services: ServiceAccounts, users: UserLookup): Identified {
  const service = services.find(name);
  if (service.kind === 'account') return { subject: { kind: 'service', account: service.account } };
  if (service.kind === 'none') {
    return { subject: { kind: 'unknown', among: 'services', reason: 'no such service account' } };
  }
  const found = users.find(name);
  switch (found.kind) {
    case 'unpublished':
      return { verdict: { kind: 'busy', reason: 'nothing is published yet' } };
    case 'unavailable':
      return { verdict: { kind: 'unavailable', reason: 'the store cannot be read', cause: found.cause } };
    case 'none':
      return { subject: { kind: 'unknown', among: 'users', reason: 'no such user' } };
    case 'ambiguous':
      return { subject: { kind: 'unknown', among: 'users', reason: 'several users have this name' } };
    case 'user':
      return { subject: subjectOf(found.user) };
  }
}

/** What stands against a user whose password was found right: the directory may have moved on meanwhile (P7). */
export function changeMeanwhile(user: BindUser, users: UserLookup): Verdict | undefined {
  const again = users.find(user.dn);
  if (again.kind === 'unavailable') {
    return { kind: 'unavailable', reason: 'the store cannot be read', cause: again.cause };
  }
  if (again.kind !== 'user' || again.user.objectId !== user.objectId || again.user.locked) {
    return { kind: 'refused', reason: 'the user changed meanwhile', denial: 'wrong' };
  }
  // Whether it was the old one that was found right, or the new one, cannot be told.
  return again.user.credentialVersion === user.credentialVersion
    ? undefined
    : { kind: 'busy', reason: 'the password was changed meanwhile' };
}

function subjectOf(user: BindUser): Subject {
  return user.locked ? { kind: 'barred', user, reason: 'locked' } : { kind: 'user', user };
}

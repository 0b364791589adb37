/** What `docs/safety.md` says of the limits of one change, counted in the plainest way. */
import type { ReferenceDirectory } from './reference-directory.ts';
import type { ServedView } from './served-view.ts';
import { shortNameOf } from './served-view.ts';

interface Limit {
  readonly count: number;
  readonly share: number;
  readonly few: number;
}

/** The limits of a configuration that says nothing. */
export const usualLimits: Readonly<Record<'entries' | 'members', Limit>> = {
  entries: { count: 50, share: 0.1, few: 3 },
  members: { count: 50, share: 0.5, few: 10 },
};

/** What of the way from what clients see to another directory goes beyond a limit, in words. */
export function reachesTooFar(
  before: ServedView,
  after: ReferenceDirectory,
  limits: typeof usualLimits,
): readonly string[] {
  const found: string[] = [];
  const check = (what: string, affected: number, total: number, limit: Limit): void => {
    const tooMany = affected > limit.count || (affected > limit.share * total && affected > limit.few);
    if (tooMany) found.push(`${what}: ${affected} of ${total}`);
  };
  for (const kind of ['user', 'group'] as const) {
    const all = [...before].filter(([, { dn }]) => dn.startsWith('uid=') === (kind === 'user'));
    const kept = all.flatMap(([id, was]) => ({ was, is: after.get(id) })).filter(({ is }) => is !== undefined);
    check(`${kind}s removed`, all.length - kept.length, all.length, limits.entries);
    const renamed = kept.filter(({ was, is }) => shortNameOf(was) !== is?.name);
    check(`${kind}s renamed`, renamed.length, all.length, limits.entries);
    if (kind === 'group') continue;
    const locked = kept.filter(({ was, is }) => is?.locked === true && was.attributes['nsAccountLock'] === undefined);
    check('users locked', locked.length, all.length, limits.entries);
  }
  const idOf = new Map([...before].map(([id, { dn }]) => [dn, id]));
  for (const [id, { dn, attributes }] of before) {
    const members = attributes['member'] ?? [];
    const left = new Set(after.get(id)?.values['member']);
    const lost = members.filter((member) => !left.has(after.get(idOf.get(member) ?? '')?.dn ?? ''));
    check(`members of ${dn}`, lost.length, members.length, limits.members);
  }
  return found;
}

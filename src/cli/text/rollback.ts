import type { NamedUser, ReturnPoints, RollbackOutcome, RollbackPlan } from '../../identity/rollback.ts';
import { planText } from './plan.ts';
import { count, counted, moment } from '../../wording/quantities.ts';
import { table } from './table.ts';

/** Of each list at most so many are named. */
const namedMax = 100;

/** What going back would change, for people. */
export function rollbackPlanText(plan: RollbackPlan): string {
  const { from, to, publishedAtMs, reopened, keptShut } = plan;
  return [
    `Going back from publication ${count(from)} to ${count(to)}, published ${moment(publishedAtMs)}:`,
    '',
    planText({ ...plan, dangers: [], readsOtherwise: false }),
    ...named(reopened, `${counted(reopened.length, 'user')} who cannot sign in now could again:`),
    ...named(
      keptShut,
      `${counted(keptShut.length, 'user')} whom Entra has disabled or deleted since will not come back, whatever was shown then:`,
    ),
  ].join('\n');
}

/** What was done, for people. */
export function rollbackOutcomeText({ publication, to, hold }: RollbackOutcome): string {
  return [
    `Publication ${count(publication)} shows again what publication ${count(to)} has shown.`,
    `What was taken back is held back as change ${hold} until it is approved (entra-ldapd sync approve --change ${hold}).`,
    'Until then rounds go on reading the tenant, and nothing of it is published.',
  ].join('\n');
}

const ends: Readonly<Record<ReturnPoints['end'], string>> = {
  tooLarge: 'Before that a change was larger than is remembered (store.undo.size).',
  forgotten: 'Nothing older is remembered (store.undo).',
};

/** The publications that can be returned to, for people. */
export function returnPointsText({ shown, restores, points, end }: ReturnPoints): string {
  if (shown === null) return 'Nothing has been published yet.';
  const again = restores === null ? '' : `, with the content of ${count(restores)}`;
  const rows = points.map(({ publication, publishedAtMs, replacedAtMs, changes }) => [
    String(publication),
    moment(publishedAtMs),
    moment(replacedAtMs),
    count(changes),
  ]);
  return [
    `Publication ${count(shown)} is shown${again}.`,
    ...(rows.length === 0
      ? []
      : ['', table([['publication', 'published', 'replaced', 'differences to the next'], ...rows])]),
    '',
    ends[end],
  ].join('\n');
}

function named(users: readonly NamedUser[], title: string): readonly string[] {
  if (users.length === 0) return [];
  const rest = users.length - namedMax;
  return [
    '',
    title,
    ...users
      .slice(0, namedMax)
      .map(({ dn, displayName }) => `    ${dn}${displayName === null ? '' : `  (${displayName})`}`),
    ...(rest > 0 ? [`    … and ${count(rest)} more`] : []),
  ];
}

import type { CollectionSummary, RoundMode, RoundSummary } from '../../identity/round.ts';
import { count, counted, duration } from '../../wording/quantities.ts';
import { holdText } from './hold.ts';
import { table } from './table.ts';

const outcomes: Readonly<Record<RoundSummary['outcome'], string>> = {
  published: 'published',
  unchanged: 'found no change',
  held: 'is held back',
  failed: 'failed',
  aborted: 'was stopped before its end',
};

/** The report of a round as a small table: what was read and what became of it, and what was left out and why. */
export function summaryText(summary: RoundSummary): string {
  const { round, outcome, error, held, durationMs, retries, resumed, collections } = summary;
  const pages = collections.users.pages + collections.groups.pages;
  const facts = [
    `Round ${round} ${outcomes[outcome]} after ${duration(durationMs)}`,
    modes(collections.users.mode, collections.groups.mode),
    counted(pages, 'page'),
    retries === 1 ? '1 retry' : `${count(retries)} retries`,
    ...(resumed ? ['continued an interrupted round'] : []),
  ];
  const rows = [
    ['', 'read', 'created', 'changed', 'locked', 'removed', 'skipped'],
    row('users', collections.users),
    row('groups', collections.groups),
  ];
  const skipped = [...skippedLines('users', collections.users), ...skippedLines('groups', collections.groups)];
  const numbers = [...numberLines('users', collections.users), ...numberLines('groups', collections.groups)];
  const leftOut = [...leftOutLines('users', collections.users), ...leftOutLines('groups', collections.groups)];
  const lines = [
    `${facts.join(', ')}.`,
    ...(error === null ? [] : [error]),
    ...(held === null
      ? []
      : ['It waits for a decision: entra-ldapd sync approve, or sync reject.', '', holdText(held)]),
    '',
    table(rows),
    ...skipped,
    ...numbers,
    ...leftOut,
  ];
  return lines.join('\n');
}

function modes(users: RoundMode, groups: RoundMode): string {
  return users === groups ? users : `users ${users}, groups ${groups}`;
}

function row(name: string, { read, entries, skipped }: CollectionSummary): readonly string[] {
  const { created, changed, locked, removed } = entries;
  const left = Object.values(skipped).reduce((sum, value) => sum + value, 0);
  return [name, ...[read, created, changed, locked, removed, left].map(count)];
}

function skippedLines(name: string, { skipped }: CollectionSummary): readonly string[] {
  return reasonLines(`skipped ${name}`, skipped);
}

function numberLines(name: string, { notAdopted }: CollectionSummary): readonly string[] {
  return reasonLines(`${name} without the number of their property`, notAdopted);
}

function leftOutLines(name: string, { leftOut }: CollectionSummary): readonly string[] {
  return reasonLines(`${name} with a value that does not fit the attribute`, leftOut);
}

function reasonLines(title: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const reasons = Object.entries(counts).toSorted(([, left], [, right]) => right - left);
  return reasons.map(([reason, value], index) => `${index === 0 ? '\n' : ''}${title}: ${count(value)} (${reason})`);
}

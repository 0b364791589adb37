import { parseODataFilter } from '../../config/odata-filter.ts';
import type { Config } from '../../config/config.ts';
import type { Collection } from '../../identity/change.ts';
import type { FilterTrial } from '../../identity/filter-trial.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { defineCommand } from '../command.ts';
import { loadConfig } from '../config-file.ts';
import { tryFilter } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { counted } from '../../wording/quantities.ts';
import { columns } from '../text/table.ts';

/** `filter test`: what a filter of Microsoft Graph lets through, before it stands in the configuration. */
export const filterTestCommand = defineCommand({
  name: 'filter test',
  summary:
    'Try a filter for users or groups: how many it lets through, some of them, or what Microsoft Graph objects to',
  description:
    'Asks Microsoft Graph what a filter lets through, as a sync would ask, and imports nothing. The filter may be pasted with ' +
    "'?$filter=' before it; put it in single quotes so that the shell leaves the $ alone. The language: " +
    'https://learn.microsoft.com/graph/filter-query-parameter',
  operand: { name: 'users|groups', description: 'what to filter' },
  furtherOperand: { name: 'FILTER', description: 'the filter; without it, the one of the configuration' },
  options: {
    config: configOption,
    sample: { kind: 'integer', description: 'How many to show', from: 1, to: 999, fallback: 10 },
    json: jsonOption,
  },
  examples: [
    [`filter test users "department in ('Retail','Sales')"`, 'Try a filter for users'],
    [`filter test groups "startsWith(displayName,'LDAP-')" --sample 50`, 'Try one for groups, and show 50 of them'],
    ['filter test users', 'Try what users.filter has'],
  ],
  run: async (shell, { config: given, sample, json }, operand, further) => {
    const collection = readCollection(operand);
    const { config } = loadConfig(shell, given);
    const { filter, where } = readFilter(config, collection, further);
    using stopping = stopOnSignals(shell, systemClock);
    const { signal } = stopping;
    const log = createLog({ level: 'error', format: 'text', destination: shell.stderr, clock: systemClock });
    const tried = { collection, filter, where, sampleSize: sample, signal };
    const trial = await tryFilter({ config, log, clock: systemClock }, tried).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      throw new CommandFailure(exitCodes.interrupted, 'The trial was stopped before its end.', { cause: error });
    });
    shell.stdout.write(json ? `${JSON.stringify({ collection, filter, ...trial })}\n` : trialText(collection, trial));
    return exitCodes.ok;
  },
});

function readCollection(word: string): Collection {
  if (word === 'users' || word === 'groups') return word;
  throw usageFailure(`entra-ldapd filter test is for users or groups, not "${word}".`);
}

function readFilter(
  { scope }: Config,
  collection: Collection,
  given: string | undefined,
): { readonly filter: string; readonly where: string } {
  if (given !== undefined) {
    const reading = parseODataFilter(given);
    if ('value' in reading) return { filter: reading.value, where: 'The filter' };
    throw usageFailure(`The filter ${reading.problem}.`);
  }
  const { filter } = scope[collection];
  if (filter !== undefined) return { filter, where: `${collection}.filter` };
  throw usageFailure(`The configuration has no ${collection}.filter; write the filter to try behind ${collection}.`);
}

function trialText(collection: Collection, { count, sample }: FilterTrial): string {
  const kind = collection === 'users' ? 'user' : 'group';
  if (count === 0) return `The filter lets no ${kind} through.\n`;
  const more = sample.length < count ? `, ${sample.length} of them` : '';
  const rows = sample.map(({ displayName, address, id }) => [displayName ?? '-', address ?? '-', id]);
  return `The filter lets ${counted(count, kind)} through${more}:\n\n${columns(rows)}\n`;
}

import { type AttributeReport, attributeReports } from '../../config/attribute-report.ts';
import { loadConfig } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import { printable } from '../../wording/printable.ts';
import { columns } from '../text/table.ts';

/** `attributes list`: the map of attributes that is in effect. */
export const attributesListCommand = defineCommand({
  name: 'attributes list',
  summary: 'List the attributes of users and groups, and what each is taken from',
  description:
    'Prints the map that the configuration and the default map make together: whether an attribute is as by default, ' +
    'configured or removed, its source as it is written, and the properties of Microsoft Graph that are read for it. Asks ' +
    'nobody and changes nothing. An attribute is as by default again when its line is taken out of the configuration.',
  furtherOperand: { name: 'users|groups', description: 'whose attributes; without it, both' },
  options: {
    config: configOption,
    json: jsonOption,
  },
  examples: [
    ['attributes list', 'The attributes of users and groups'],
    ['attributes list users --json', 'Those of users, for a program that reads the answer'],
  ],
  run: async (shell, { config: given, json }, _operand, word) => {
    const { config } = loadConfig(shell, given);
    const reports = attributeReports(config.projection);
    const owners = readOwners(word);
    if (json) {
      shell.stdout.write(`${JSON.stringify(Object.fromEntries(owners.map((owner) => [owner, reports[owner]])))}\n`);
      return exitCodes.ok;
    }
    const tables = owners.map((owner) => `Attributes of ${owner}:\n\n${reportText(reports[owner])}\n`);
    shell.stdout.write(tables.join('\n'));
    return exitCodes.ok;
  },
});

function readOwners(word: string | undefined): readonly ('users' | 'groups')[] {
  if (word === undefined) return ['users', 'groups'];
  if (word === 'users' || word === 'groups') return [word];
  throw usageFailure(`entra-ldapd attributes list is for users or groups, not "${word}".`);
}

function reportText(reports: readonly AttributeReport[]): string {
  return columns(
    reports.map((report) => [
      report.attribute,
      originText(report),
      report.source === null ? '' : sourceText(report.source),
      report.properties.join(', '),
    ]),
  );
}

function originText({ origin, key, isNew }: AttributeReport): string {
  if (origin === 'key') return key;
  return isNew ? `${origin}, new` : origin;
}

function sourceText(source: NonNullable<AttributeReport['source']>): string {
  // A template may hold line breaks.
  return typeof source === 'string' && printable(source) === source ? source : printable(JSON.stringify(source));
}

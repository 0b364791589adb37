import { readFileSync, statSync } from 'node:fs';
import { createControlClient } from '../../http/control-client.ts';
import { type IdRow, type IdsReport, idColumns } from '../../identity/inspection.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { type Command, defineCommand } from '../command.ts';
import { loadConfig, reason } from '../config-file.ts';
import { changeStoredIds } from '../daemon-access.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { inspect, isRunning } from '../inspect.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { jsonDocument, streamOutput } from '../stream-output.ts';
import { csvLine } from '../text/csv.ts';
import { counted } from '../../wording/quantities.ts';
import { printable } from '../../wording/printable.ts';

/** `ids export`: every name and number that was ever given. */
export const idsExportCommand = defineCommand({
  name: 'ids export',
  summary: 'Write all names and numbers that were ever given',
  description:
    'Writes object id, kind, name and number of every user and group as CSV, and the names that they have left: also of those ' +
    'who are gone from Entra, for nothing of it is ever given to another. It is what "ids import" reads. A running daemon is ' +
    'asked; without one the store is read. A file that --output makes can be read by its owner only.',
  options: {
    config: configOption,
    json: jsonOption,
    output: { kind: 'text', description: 'File to write', byDefault: 'standard output' },
  },
  examples: [
    ['ids export --output ids.csv', 'What a new machine needs to give the same numbers'],
    ['ids export --json', 'For a program'],
  ],
  run: (shell, { config, json, output }) =>
    inspect(shell, config, (inspection, signal) => {
      const rows = inspection.ids();
      const text = json ? jsonDocument('ids', rows) : csv(rows);
      return streamOutput(shell, text, { output, interrupted: 'The export was interrupted.', signal });
    }),
});

/** `ids import`: takes over what `ids export` has written. */
export const idsImportCommand = changeCommand('import', {
  summary: 'Take over names and numbers that were exported',
  description:
    'Reads what "ids export" has written, CSV or JSON, into the store: all of it, or nothing when a name or a number would be ' +
    'given twice or one that was given would change. Best before the first sync of a new store.',
  operand: 'a file that "ids export" has written',
  examples: [
    ['ids import ids.csv --dry-run', 'What would come of it; nothing is written'],
    ['ids import ids.csv', 'Take it over'],
  ],
});

/** `ids adopt`: keeps numbers for people who have none yet. */
export const idsAdoptCommand = changeCommand('adopt', {
  summary: 'Keep the numbers that people and groups have elsewhere',
  description:
    'Keeps numbers for users and groups that have none yet, so that files on other machines stay theirs: from LDIF (uidNumber ' +
    'with userPrincipalName or uid; gidNumber with cn), or from CSV with the columns userPrincipalName or name, number, and ' +
    'kind where there are groups. Whoever is then given the name gets the number, and nobody else does. All of it, or nothing. Run ' +
    'it before the first sync: a number that was given stays.',
  operand: 'an LDIF or CSV file',
  examples: [
    ['ids adopt openldap.ldif --dry-run', 'What would come of it; nothing is written'],
    ['ids adopt numbers.csv', 'Take it over'],
  ],
});

interface ChangeDescription {
  readonly summary: string;
  readonly description: string;
  readonly operand: string;
  readonly examples: readonly (readonly [string, string])[];
}

function changeCommand(mode: 'import' | 'adopt', about: ChangeDescription): Command {
  return defineCommand({
    name: `ids ${mode}`,
    summary: about.summary,
    description: `${about.description} No daemon may be running meanwhile.`,
    operand: { name: 'FILE', description: about.operand },
    options: {
      config: configOption,
      'dry-run': { kind: 'flag', description: 'Only say what would come of it' },
      json: jsonOption,
    },
    examples: about.examples,
    run: async (shell, { config: given, 'dry-run': isDryRun, json }, file) => {
      const { config } = loadConfig(shell, given);
      const text = readText(file);
      if (await isRunning(createControlClient(config.store.path))) {
        throw new CommandFailure(exitCodes.refused, 'A daemon is running: stop it first, for it gives numbers too.');
      }
      const log = createLog({
        level: 'warn',
        format: config.log.format,
        destination: shell.stderr,
        clock: systemClock,
      });
      const report = await changeStoredIds({ config, log, clock: systemClock }, { mode, text, isDryRun });
      return tell(shell, report, file, json);
    },
  });
}

function tell(shell: Shell, report: IdsReport, file: string, json: boolean): ExitCode {
  if (json) shell.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    for (const { line, problem } of report.problems) shell.stderr.write(`${file}:${line}: ${printable(problem)}\n`);
    shell.stdout.write(`${summary(report)}\n`);
  }
  return report.problemCount === 0 ? exitCodes.ok : exitCodes.refused;
}

function summary({ added, unchanged, problemCount, isWritten }: IdsReport): string {
  const found = `${counted(added, 'new row')}, ${counted(unchanged, 'row')} known already`;
  if (problemCount > 0) return `${counted(problemCount, 'problem')}, ${found}; nothing was written.`;
  return isWritten ? `${found}; written.` : `${found}; nothing was written, for this was only a look.`;
}

/** Larger files are refused; a million rows take 80 MB. */
const fileBytesMax = 256 * 1024 * 1024;

function readText(file: string): string {
  try {
    if (statSync(file).size > fileBytesMax) {
      throw new CommandFailure(exitCodes.refused, `${file} is larger than ${fileBytesMax} bytes.`);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(exitCodes.usage, `${file} cannot be read: ${reason(error)}.`, { cause: error });
  }
}

async function* csv(rows: AsyncIterable<IdRow>): AsyncGenerator<string, void, void> {
  yield csvLine(idColumns);
  for await (const row of rows) yield csvLine(idColumns.map((column) => row[column]));
}

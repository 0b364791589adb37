import yargs, { type Argv } from 'yargs';
import { nearest } from '../config/nearest.ts';
import { type Action, type Command, helpHint, refuseOptions } from './command.ts';
import {
  adminTokenCreateCommand,
  adminTokenEditCommand,
  adminTokenListCommand,
  adminTokenRevokeCommand,
} from './commands/admin-token.ts';
import { auditCommand } from './commands/audit.ts';
import { appPasswordCreateCommand, appPasswordListCommand, appPasswordRevokeCommand } from './commands/app-password.ts';
import { authStatusCommand, authUnlockCommand } from './commands/auth.ts';
import { attributesDiscoverCommand } from './commands/attributes-discover.ts';
import { attributesListCommand } from './commands/attributes-list.ts';
import { backupCommand } from './commands/backup.ts';
import { certsCheckCommand, certsCreateCommand } from './commands/certs.ts';
import { checkCommand } from './commands/check.ts';
import { clientConfigCommand } from './commands/client-config.ts';
import { configCheckCommand } from './commands/config-check.ts';
import { demoCommand } from './commands/demo.ts';
import { explainGroupCommand, explainUserCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { filterTestCommand } from './commands/filter-test.ts';
import { healthcheckCommand } from './commands/healthcheck.ts';
import { historyCommand } from './commands/history.ts';
import { logsCommand } from './commands/logs.ts';
import { hashPasswordCommand } from './commands/hash-password.ts';
import { idsAdoptCommand, idsExportCommand, idsImportCommand } from './commands/ids.ts';
import { initCommand } from './commands/init.ts';
import { domainsCommand, domainsRefreshCommand } from './commands/domains.ts';
import { conflictsCommand, groupsCommand, usersCommand } from './commands/lists.ts';
import {
  oneTimeCodeCreateCommand,
  oneTimeCodeListCommand,
  oneTimeCodeRevokeCommand,
} from './commands/one-time-code.ts';
import { planCommand } from './commands/plan.ts';
import { purgeCommand } from './commands/purge.ts';
import { restoreCommand } from './commands/restore.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { secretsRotateCommand } from './commands/secrets.ts';
import { serveCommand } from './commands/serve.ts';
import { simulateCommand } from './commands/simulate.ts';
import { statusCommand } from './commands/status.ts';
import { syncCommand } from './commands/sync.ts';
import { exitCodes, exitCodesText } from './exit-codes.ts';
import { CommandFailure, reportFailure, usageFailure } from './failure.ts';
import { type Output, processShell, type Shell } from './shell.ts';
import { syncApproveCommand, syncHeldCommand, syncRejectCommand } from './commands/sync-hold.ts';
import { programVersion } from './version.ts';

const commands: readonly Command[] = [
  demoCommand,
  initCommand,
  checkCommand,
  serveCommand,
  syncCommand,
  syncHeldCommand,
  syncApproveCommand,
  syncRejectCommand,
  planCommand,
  rollbackCommand,
  statusCommand,
  healthcheckCommand,
  historyCommand,
  logsCommand,
  explainUserCommand,
  explainGroupCommand,
  usersCommand,
  groupsCommand,
  conflictsCommand,
  domainsCommand,
  domainsRefreshCommand,
  idsExportCommand,
  idsImportCommand,
  idsAdoptCommand,
  appPasswordCreateCommand,
  appPasswordListCommand,
  appPasswordRevokeCommand,
  oneTimeCodeCreateCommand,
  oneTimeCodeListCommand,
  oneTimeCodeRevokeCommand,
  adminTokenCreateCommand,
  adminTokenListCommand,
  adminTokenEditCommand,
  adminTokenRevokeCommand,
  authStatusCommand,
  authUnlockCommand,
  auditCommand,
  exportCommand,
  backupCommand,
  restoreCommand,
  purgeCommand,
  filterTestCommand,
  attributesDiscoverCommand,
  attributesListCommand,
  clientConfigCommand,
  configCheckCommand,
  hashPasswordCommand,
  certsCreateCommand,
  certsCheckCommand,
  secretsRotateCommand,
  simulateCommand,
];

const groups: Readonly<Record<string, string>> = {
  config: 'Look at the configuration',
  filter: 'Try filters of Microsoft Graph',
  attributes: 'LDAP attributes and the properties of Microsoft Graph that they are taken from',
  explain: 'Say why a user or a group is as it is',
  ids: 'Names and numbers that were given',
  'app-password': 'Passwords of users beside the one that Entra has',
  'one-time-code': 'One-time codes that users type behind the password where one is demanded',
  'admin-token': 'Tokens for the status page and the administration over HTTP',
  auth: 'Logins that are held back',
  certs: 'Certificates for the server',
  secrets: 'Keys of what is kept of passwords',
};

/**
 * Runs one command line (without the names of node and the program) to its end and resolves with the exit code of the
 * process, one of {@link exitCodes}. Never rejects: whatever goes wrong is told on standard error in sentences.
 */
export async function runCli(argv: readonly string[], shell: Shell = processShell()): Promise<number> {
  try {
    const action = parse(argv, shell.stdout);
    return await action(shell);
  } catch (error) {
    return reportFailure(shell, error);
  }
}

/** What the command line asks for; throws {@link CommandFailure} when it makes no sense. */
function parse(argv: readonly string[], output: Output): Action {
  let action: Action | undefined;
  const choose = (chosen: Action): void => {
    action = chosen;
  };
  const parser = createParser(output);
  registerAll(parser, choose);
  let failure: unknown;
  let text = '';
  parser.fail((message, error) => {
    // yargs types both as always present. The error is there when one of our own functions, or its parser, threw it.
    const thrown = error as Error | undefined;
    failure ??=
      thrown instanceof CommandFailure ? thrown : usageFailure(`${thrown?.message ?? message}. ${helpHint()}`);
  });
  // No handler is asynchronous, so everything has happened when this returns.
  parser.parseSync([...argv], {}, (_error, _args, printed) => {
    text = printed;
  });
  if (failure !== undefined) throw failure;
  return action ?? (async (shell) => print(shell, text));
}

function createParser(output: Output): Argv {
  return yargs()
    .scriptName('entra-ldapd')
    .usage(
      'entra-ldapd <command> [options]\n\nKeeps a local copy of a Microsoft Entra ID tenant and serves it over LDAP and LDAPS.' +
        '\nTo see it at work without a tenant: entra-ldapd demo',
    )
    .parserConfiguration({
      'camel-case-expansion': false,
      'duplicate-arguments-array': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .locale('en')
    .help()
    .alias('help', 'h')
    .version(programVersion())
    .exitProcess(false)
    .showHelpOnFail(false)
    .wrap(Math.min(output.columns ?? 100, 110))
    .epilogue(exitCodesText());
}

function registerAll(parser: Argv, choose: (action: Action) => void): void {
  const inGroup = (group: string): readonly Command[] => commands.filter(({ name }) => name.startsWith(`${group} `));
  for (const command of commands) {
    if (!command.name.includes(' ')) command.register(parser, choose, inGroup(command.name));
  }
  for (const [group, summary] of Object.entries(groups)) {
    parser.command(
      group,
      summary,
      (inner) => {
        for (const command of inGroup(group)) command.register(inner, choose);
        return inner.usage(`entra-ldapd ${group} <command> [options]`).epilogue(exitCodesText());
      },
      (args) => {
        throw unknownCommand(args._.slice(1).map(String), group, inGroup(group));
      },
    );
  }
  parser.command('$0', false, {}, (args) => {
    // Of a command that is not there nobody knows the options, so the command is what is wrong.
    if (args._.length === 0) refuseOptions(args, []);
    throw unknownCommand(args._.map(String), undefined, commands);
  });
}

function unknownCommand(
  words: readonly string[],
  group: string | undefined,
  known: readonly Command[],
): CommandFailure {
  const prefix = group === undefined ? '' : `${group} `;
  const names = known.map(({ name }) => name.slice(prefix.length).split(' ', 1)[0] ?? name);
  const [word] = words;
  if (word === undefined) {
    return usageFailure(`Which command? One of: ${known.map(({ name }) => name).join(', ')}. ${helpHint(group)}`);
  }
  const close = nearest(word, names);
  const hint = close === undefined ? '' : ` Did you mean ${prefix}${close}?`;
  return usageFailure(`entra-ldapd has no command "${prefix}${word}".${hint} ${helpHint(group)}`);
}

async function print(shell: Shell, text: string): Promise<0> {
  shell.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

import type { Config } from '../../config/config.ts';
import { attributeReports } from '../../config/attribute-report.ts';
import { nearest } from '../../config/nearest.ts';
import { directoryFacts, type DirectoryFacts, ownAuthority, passwordPlaceholder } from '../clients/facts.ts';
import type { ClientFile, Recipe } from '../clients/recipe.ts';
import { recipes } from '../clients/recipes.ts';
import { defineCommand } from '../command.ts';
import { loadConfig } from '../config-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { columns } from '../text/table.ts';

/** `client-config`: how a program is set up to use this directory. */
export const clientConfigCommand = defineCommand({
  name: 'client-config',
  summary: 'Print the configuration of a client, filled in for this directory',
  description:
    'Prints what a client has to be told to use this directory: its own file, or what is typed into its pages, with the address, ' +
    'the base DN, the service account and the attributes as the configuration has them. Only the password of the service account ' +
    `is missing, for it is kept as a hash: put it where ${passwordPlaceholder} stands. The text goes to standard output, and what ` +
    'is to be done with it to standard error. Asks nobody and changes nothing.',
  operand: { name: 'client', description: `one of list, ${recipes.map(({ name }) => name).join(', ')}` },
  options: {
    service: {
      kind: 'text',
      description: 'The service account that the client searches with',
      byDefault: 'the one that is called like the client, else the only one',
    },
    url: {
      kind: 'text',
      description: 'Where the client reaches the server',
      byDefault: 'what ldap.tlsListen or ldap.listen says',
    },
    ca: {
      kind: 'text',
      description: 'The file on the client with the authorities that it trusts',
      byDefault: 'where Debian has those of everybody, or a place for the authority of certs create',
    },
    login: {
      kind: 'choice',
      choices: ['uid', 'mail', 'userPrincipalName', 'sAMAccountName'],
      description: 'What people type as their name',
      byDefault: 'uid',
    },
    group: { kind: 'text', description: 'Let in the members of this group alone, by its cn', byDefault: 'everybody' },
    config: configOption,
    json: jsonOption,
  },
  examples: [
    ['client-config list --json', 'The clients that there are, each with a page of its makers'],
    ['client-config sssd --service linux', 'sssd.conf for machines that search with the account linux'],
    ['client-config gitlab --url ldaps://ldap.example.com --group Developers', 'GitLab for the members of one group'],
  ],
  run: async (shell, { config: given, json, ...choices }, client) => {
    if (client === 'list') return list(shell, json);
    const recipe = findRecipe(client);
    const { config } = loadConfig(shell, given);
    const facts = directoryFacts(config, recipe.name, choices);
    const files = recipe.files(facts);
    const warnings = warningsOf(recipe, facts, config);
    const steps = stepsOf(recipe, facts, config);
    if (json) {
      const { name, title, page } = recipe;
      const { url, encryption, bindDn, caFile } = facts;
      shell.stdout.write(
        `${JSON.stringify({ client: name, title, page, url, encryption, bindDn, caFile, files, steps, warnings })}\n`,
      );
      return exitCodes.ok;
    }
    shell.stdout.write(filesText(files));
    for (const warning of warnings) shell.stderr.write(`Warning: ${warning}\n`);
    for (const step of steps) shell.stderr.write(`- ${step}\n`);
    return exitCodes.ok;
  },
});

function list(shell: Shell, json: boolean): 0 {
  const rows = recipes.map(({ name, title, page }) => ({ client: name, title, page }));
  const text = json ? JSON.stringify(rows) : columns(rows.map(({ client, title, page }) => [client, title, page]));
  shell.stdout.write(`${text}\n`);
  return exitCodes.ok;
}

function findRecipe(client: string): Recipe {
  const found = recipes.find(({ name }) => name === client);
  if (found !== undefined) return found;
  const close = nearest(
    client,
    recipes.map(({ name }) => name),
  );
  const hint = close === undefined ? '' : ` Did you mean ${close}?`;
  throw usageFailure(`There is no client "${client}".${hint} See: entra-ldapd client-config list`);
}

/** Where there are several files, each follows its place; a # begins a comment in all of them. */
function filesText(files: readonly ClientFile[]): string {
  return files.map(({ place, text }) => `# ${place}\n${text}`).join('\n');
}

function stepsOf(recipe: Recipe, facts: DirectoryFacts, config: Config): readonly string[] {
  const authority = facts.encryption === 'none' ? undefined : ownAuthority(config);
  return [
    `Put the password of ${facts.bindDn} where ${passwordPlaceholder} stands.`,
    ...(authority === undefined ? [] : [`Copy ${authority} of this machine to ${facts.caFile} of the client.`]),
    ...recipe.steps(facts),
    `More: ${recipe.page}`,
  ];
}

const encryptionNames = { ldaps: 'LDAPS', startTls: 'StartTLS', none: 'a connection without TLS' } as const;

/** What will not work, or not well, though it is written as it should be. */
function warningsOf(recipe: Recipe, facts: DirectoryFacts, { serviceAccounts, projection }: Config): readonly string[] {
  const account = serviceAccounts.find(({ dn }) => dn === facts.bindDn);
  const removed = attributeReports(projection)
    .users.filter(({ origin, attribute }) => origin === 'removed' && recipe.needs.includes(attribute))
    .map(({ key, attribute }) => `${recipe.title} needs ${attribute}, and ${key} removes it.`);
  return [
    ...(facts.encryption === 'none'
      ? [
          'Passwords cross the network unencrypted, and are refused from other machines unless ldap.clearPasswordsFrom names them. Set ldap.tls.',
        ]
      : []),
    ...(recipe.encryptions.includes(facts.encryption)
      ? []
      : [
          `${recipe.title} does not log people in over ${encryptionNames[facts.encryption]}. Use LDAPS: ldap.tlsListen.`,
        ]),
    ...(account?.isEnabled === false ? [`The service account ${account.name} is turned off (enabled: false).`] : []),
    ...(account !== undefined && account.passwordHash === undefined
      ? [`The service account ${account.name} has no passwordHash, so only a certificate opens it.`]
      : []),
    ...(facts.login === 'sAMAccountName' && !facts.activeDirectory
      ? ['sAMAccountName is there only for accounts with activeDirectory: true.']
      : []),
    ...removed,
  ];
}

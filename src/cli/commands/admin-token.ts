import { parseDuration } from '../../config/units.ts';
import { nearest } from '../../config/nearest.ts';
import { type AdminScope, adminScopes } from '../../identity/admin-token.ts';
import { withAdminTokens } from '../admin-tokens.ts';
import { defineCommand } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import { adminTokenTable, newAdminTokenText } from '../text/admin-tokens.ts';

const describedScopes =
  'read (status, rounds, history, domains), people (users and groups, explain, what is held back, plans, export), audit (who has ' +
  'bound, the log), sync (start rounds), approve (approve or reject what is held back, go back), unlock (accounts that are held ' +
  'back), passwords (app passwords), tokens (make and revoke tokens), metrics';

/** `admin-token create`: a token for the administration over HTTP. */
export const adminTokenCreateCommand = defineCommand({
  name: 'admin-token create',
  summary: 'Make a token for the status page and the administration over HTTP',
  description:
    'Makes a random token with which a person signs in to the status page, or a program asks /api/v1. It is shown this once; only ' +
    `its hash is kept. Its scopes say what it allows: ${describedScopes}. A running daemon is asked; without one the store is changed.`,
  options: {
    config: configOption,
    name: { kind: 'text', description: 'What it is for, as lists and the log show it; at most 100 characters' },
    description: { kind: 'text', description: 'More about it; at most 250 characters' },
    scopes: { kind: 'text', description: 'What it allows, with commas between; or all', byDefault: 'read' },
    expires: { kind: 'text', description: 'How long it works: 90d, 12h, or never', fallback: '365d' },
    json: jsonOption,
  },
  examples: [
    ['admin-token create --name "status page, operations" --scopes read,people,sync,approve', 'For people on duty'],
    ['admin-token create --name prometheus --scopes metrics --expires never --json', 'For a program'],
  ],
  run: async (shell, { config, name, description, scopes, expires, json }) => {
    if (name === undefined) throw usageFailure('--name is missing: say what the token is for.');
    const request = {
      name,
      description: description ?? '',
      scopes: readScopes(scopes ?? 'read'),
      lifetimeMs: readLifetime(expires),
    };
    return await withAdminTokens(shell, config, async (admin) => {
      const made = await admin.create(request);
      shell.stdout.write(`${json ? JSON.stringify(made) : newAdminTokenText(made)}\n`);
      return exitCodes.ok;
    });
  },
});

/** `admin-token list`: which there are, and when each was last used. */
export const adminTokenListCommand = defineCommand({
  name: 'admin-token list',
  summary: 'List the tokens for the administration',
  description:
    'Lists which tokens there are: what for, what each allows, until when, and when and from where it was last used. The tokens ' +
    'themselves are nowhere to be found.',
  options: { config: configOption, json: jsonOption },
  examples: [['admin-token list', 'All of them, the oldest first']],
  run: async (shell, { config, json }) =>
    await withAdminTokens(shell, config, async (admin) => {
      const tokens = await admin.list();
      shell.stdout.write(`${json ? JSON.stringify({ tokens }) : adminTokenTable(tokens)}\n`);
      return exitCodes.ok;
    }),
});

/** `admin-token edit`: another name or description. */
export const adminTokenEditCommand = defineCommand({
  name: 'admin-token edit',
  summary: 'Give a token another name or description',
  description: 'What a token allows, and until when, cannot be changed: make another one and revoke this.',
  options: {
    config: configOption,
    name: { kind: 'text', description: 'The new name' },
    description: { kind: 'text', description: 'The new description' },
    json: jsonOption,
  },
  operand: { name: 'ID', description: 'the id that admin-token list shows' },
  examples: [['admin-token edit h7Kq2mXb --name "status page, night shift"', 'Another name']],
  run: async (shell, { config, name, description, json }, id) => {
    if (name === undefined && description === undefined) {
      throw usageFailure('Nothing is to be changed: give --name or --description.');
    }
    return await withAdminTokens(shell, config, async (admin) => {
      const edited = await admin.edit({ id, name, description });
      shell.stdout.write(`${json ? JSON.stringify({ edited }) : adminTokenTable([edited])}\n`);
      return exitCodes.ok;
    });
  },
});

/** `admin-token revoke`: end one. */
export const adminTokenRevokeCommand = defineCommand({
  name: 'admin-token revoke',
  summary: 'End a token, and the sessions that were opened with it',
  description:
    'From now on the token does not work any more, and who has signed in to the status page with it is signed out.',
  options: { config: configOption, json: jsonOption },
  operand: { name: 'ID', description: 'the id that admin-token list shows' },
  examples: [['admin-token revoke h7Kq2mXb', 'The one of this id']],
  run: async (shell, { config, json }, id) =>
    await withAdminTokens(shell, config, async (admin) => {
      const revoked = await admin.revoke(id);
      const text = `The token ${revoked.id} (${revoked.name}) works no longer.`;
      shell.stdout.write(`${json ? JSON.stringify({ revoked }) : text}\n`);
      return exitCodes.ok;
    }),
});

function readScopes(text: string): readonly AdminScope[] {
  if (text.trim() === 'all') return adminScopes;
  const words = text.split(',').map((word) => word.trim());
  return words.map((word) => {
    const scope = adminScopes.find((each) => each === word);
    if (scope !== undefined) return scope;
    const close = nearest(word, adminScopes);
    const hint = close === undefined ? '' : ` Did you mean ${close}?`;
    throw usageFailure(`--scopes takes ${adminScopes.join(', ')} or all, not "${word}".${hint}`);
  });
}

function readLifetime(text: string): number | null {
  if (text === 'never') return null;
  const reading = parseDuration(text);
  if ('value' in reading && reading.value > 0) return reading.value;
  throw usageFailure(`--expires must be a duration such as 90d or 12h, or never, not "${text}".`);
}

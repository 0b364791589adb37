import type { Config } from '../../config/config.ts';
import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import type { ExportRequest } from '../../identity/admin.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { loadConfig } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { exportStored, openLdapSchema } from '../daemon-access.ts';
import { usageFailure } from '../failure.ts';
import { configOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { streamOutput } from '../stream-output.ts';

/** `export`: the published directory as LDIF, or its schema for OpenLDAP. */
export const exportCommand = defineCommand({
  name: 'export',
  summary: 'Write the directory as LDIF, or its schema for OpenLDAP',
  description:
    'Writes what LDAP clients see as LDIF (RFC 2849): all of one publication, superiors before subordinates, whatever is ' +
    'published meanwhile. A running daemon is asked for it; without one the store is read. With the schema file that ' +
    '--openldap-schema writes, the slapadd command of OpenLDAP loads it. It holds personal data: a file that --output makes ' +
    'can be read by its owner only, and is there only when it is complete.',
  options: {
    config: configOption,
    ldif: { kind: 'flag', description: 'Write the entries; this is also what happens without it' },
    'openldap-schema': { kind: 'flag', description: 'Write the schema as an include file of slapd.conf instead' },
    operational: {
      kind: 'flag',
      description: 'Entries with their operational attributes: entryUUID, time stamps, memberOf, locks',
    },
    base: { kind: 'text', description: 'DN of the entry to begin at', byDefault: 'the base DN of the directory' },
    'without-version': { kind: 'flag', description: "Leave out the line 'version: 1', which slapadd refuses" },
    output: { kind: 'text', description: 'File to write', byDefault: 'standard output' },
  },
  examples: [
    ['export --ldif --output directory.ldif', 'Everything that clients see'],
    ['export --operational --without-version | slapadd -q', 'Straight into OpenLDAP'],
    ['export --base ou=groups,dc=example,dc=com', 'The groups only'],
    ['export --openldap-schema --output entra-ldapd.schema', 'What slapd needs to load it'],
  ],
  run: async (shell, options) => {
    const { ldif, operational, base, 'without-version': plain } = options;
    const schemaOnly = options['openldap-schema'];
    if (schemaOnly && (ldif || operational || plain || base !== undefined)) {
      throw usageFailure('--openldap-schema goes with --output only: the schema is one for all entries.');
    }
    const { config } = loadConfig(shell, options.config);
    using stopping = stopOnSignals(shell, systemClock);
    const { signal } = stopping;
    const request = { baseDn: base, operational, version: !plain };
    const text = schemaOnly ? schemaText(config) : entriesText(shell, config, request, signal);
    return await streamOutput(shell, text, {
      output: options.output,
      interrupted: 'The export was interrupted.',
      signal,
    });
  },
});

async function* schemaText(config: Config): AsyncGenerator<string, void, void> {
  yield await openLdapSchema(config);
}

/** The entries from the running daemon, or from the store when none runs. */
async function* entriesText(
  shell: Shell,
  config: Config,
  request: ExportRequest,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  try {
    yield* createControlClient(config.store.path).exportLdif(request, signal);
    return;
  } catch (error) {
    if (!(error instanceof ControlError && error.code === 'notRunning')) throw error;
  }
  const log = createLog({ level: 'warn', format: config.log.format, destination: shell.stderr, clock: systemClock });
  yield* exportStored({ config, log }, request);
}

import type { Collection } from '../../identity/change.ts';
import type { PropertiesOfTenant } from '../../identity/discovery.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import { defineCommand } from '../command.ts';
import { loadConfig } from '../config-file.ts';
import { discoverProperties } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { discoveryText } from '../text/discovery.ts';

const collections = ['users', 'groups'] as const satisfies readonly Collection[];

/** `attributes discover`: what the tenant offers, and how it is mapped. */
export const attributesDiscoverCommand = defineCommand({
  name: 'attributes discover',
  summary: 'List what the tenant offers: properties, extensions and custom security attributes, with sample values',
  description:
    'Looks at some users and groups of the tenant and lists the properties that they have, whether each is mapped to an LDAP ' +
    'attribute already, and the line of the configuration that maps it. Imports nothing, and works beside a running daemon. ' +
    'Listing directory extensions takes the permission Directory.Read.All or Application.Read.All, schema extensions ' +
    'Application.Read.All, and custom security attributes CustomSecAttributeDefinition.Read.All and, for their values, ' +
    'CustomSecAttributeAssignment.Read.All; without them the rest is listed. The sample values are personal data: ' +
    '--values no leaves them out.',
  furtherOperand: { name: 'users|groups', description: 'what to look at; without it, both' },
  options: {
    config: configOption,
    sample: { kind: 'integer', description: 'How many users and groups to look at', from: 1, to: 999, fallback: 100 },
    values: { kind: 'choice', choices: ['yes', 'no'], description: 'Whether to show sample values', fallback: 'yes' },
    all: { kind: 'flag', description: 'List properties too that none of those looked at has' },
    json: jsonOption,
  },
  examples: [
    ['attributes discover', 'What users and groups of the tenant have'],
    ['attributes discover users --sample 999', 'Look at more users'],
    ['attributes discover users --all --values no', 'Everything that users can have, without personal data'],
  ],
  run: async (shell, { config: given, sample, values, all, json }, _operand, word) => {
    const wanted = readCollections(word);
    const { config } = loadConfig(shell, given);
    using stopping = stopOnSignals(shell, systemClock);
    const { signal } = stopping;
    const log = createLog({ level: 'error', format: 'text', destination: shell.stderr, clock: systemClock });
    const found: PropertiesOfTenant[] = [];
    for (const collection of wanted) {
      const asked = { collection, sampleSize: sample, signal };
      const whole = await discoverProperties({ config, log, clock: systemClock }, asked).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        throw new CommandFailure(exitCodes.interrupted, 'Stopped before its end.', { cause: error });
      });
      found.push(values === 'yes' ? whole : withoutValues(whole));
    }
    shell.stdout.write(json ? `${JSON.stringify(byCollection(found))}\n` : discoveryText(found, all));
    return exitCodes.ok;
  },
});

function readCollections(word: string | undefined): readonly Collection[] {
  if (word === undefined) return collections;
  if (word === 'users' || word === 'groups') return [word];
  throw usageFailure(`entra-ldapd attributes discover is for users or groups, not "${word}".`);
}

function withoutValues(found: PropertiesOfTenant): PropertiesOfTenant {
  return { ...found, properties: found.properties.map((property) => ({ ...property, values: [] })) };
}

/** Always with everything, for programs can leave out what they do not want. */
function byCollection(found: readonly PropertiesOfTenant[]): Readonly<Record<string, PropertiesOfTenant>> {
  return Object.fromEntries(found.map((each) => [each.collection, each]));
}

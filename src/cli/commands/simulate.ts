import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { generateTenant } from '../../simulator/generate.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import type { TenantModel } from '../../simulator/tenant/tenant-model.ts';
import { systemClock } from '../../timing/clock.ts';
import { defineCommand } from '../command.ts';
import { openOwnFolder } from '../demo/own-folder.ts';
import { serverCertificate, type StoredCertificate } from '../demo/server-certificate.ts';
import { simulatorFailure } from '../demo/simulated-tenant.ts';
import { readTenantFile } from '../demo/tenant-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { jsonOption, type OptionValues } from '../options.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { properties } from '../text/table.ts';

const sizeMax = 10_000_000;
const generated = { users: 1000, groups: 100, seed: 1, domain: 'contoso.com' } as const;

const options = {
  users: { kind: 'integer', from: 0, to: sizeMax, description: 'Users to generate', byDefault: String(generated.users) },
  groups: { kind: 'integer', from: 0, to: sizeMax, description: 'Groups to generate', byDefault: String(generated.groups) },
  memberships: {
    kind: 'integer',
    from: 0,
    to: 100_000_000,
    description: 'Memberships to generate',
    byDefault: 'five for each user',
  },
  seed: {
    kind: 'integer',
    from: 0,
    to: 2 ** 32 - 1,
    description: 'The same seed and sizes give the same tenant',
    byDefault: String(generated.seed),
  },
  domain: { kind: 'text', description: 'Primary domain of the tenant', byDefault: generated.domain },
  tenant: { kind: 'text', description: 'Load the tenant from this YAML or JSON file instead of generating it' },
  host: { kind: 'text', description: 'Address to listen at', fallback: '127.0.0.1' },
  port: { kind: 'integer', from: 0, to: 65_535, description: 'Port to listen at, 0 for any free one', fallback: 8443 },
  'page-size': { kind: 'integer', from: 1, to: 10_000, description: 'Objects on a page of a delta query', fallback: 200 },
  throttling: {
    kind: 'choice',
    choices: ['off', 'microsoft'],
    description: 'Whether to refuse requests beyond the documented limits',
    fallback: 'off',
  },
  control: { kind: 'flag', description: 'Open /control, by which the tenant is changed and faults are injected' },
  data: { kind: 'text', description: 'Folder for the certificate', fallback: 'data/simulator' },
  json: jsonOption,
} as const;

/** `simulate`: a tenant alone, for a daemon or any other program that speaks Microsoft Graph. */
export const simulateCommand = defineCommand({
  name: 'simulate',
  summary: 'Run only the simulated tenant: Entra sign-in and Microsoft Graph over HTTPS',
  description:
    'Serves an Entra tenant until it is stopped: the token endpoint and Microsoft Graph v1.0 on one port, with a certificate ' +
    'of its own authority. Prints what a program needs to connect, and the part of a configuration that does it.',
  options,
  examples: [
    ['simulate', 'A tenant of 1,000 users at https://127.0.0.1:8443'],
    ['simulate --users 100000 --groups 10000 --port 0', 'A large one at a free port'],
    ['simulate --tenant tenant.yaml --control', 'A tenant of your own that can be changed while it runs'],
  ],
  run: async (shell, values) => {
    const tenant = values.tenant === undefined ? generate(values) : loadTenant(values.tenant, values);
    const folder = openOwnFolder(values.data, '--data');
    using stopping = stopOnSignals(shell, systemClock);
    const { host } = values;
    const names = [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...(isWildcard(host) ? [] : [host])])];
    const certificate = await serverCertificate(folder, names, systemClock.now());
    const controlToken = values.control ? randomBytes(24).toString('base64url') : undefined;
    await using simulator = await start(shell, values, { tenant, certificate, controlToken });
    announce(shell, values.json, { simulator, certificate, controlToken });
    await untilAborted(stopping.signal);
    return exitCodes.ok;
  },
});

type Values = OptionValues<typeof options>;

interface Parts {
  readonly tenant: TenantModel;
  readonly certificate: StoredCertificate;
  readonly controlToken: string | undefined;
}

function generate({ users, groups, memberships, seed, domain }: Values): TenantModel {
  return generateTenant({
    users: users ?? generated.users,
    groups: groups ?? generated.groups,
    seed: seed ?? generated.seed,
    primaryDomain: domain ?? generated.domain,
    ...(memberships === undefined ? {} : { memberships }),
  });
}

function loadTenant(file: string, values: Values): TenantModel {
  const ignored = (['users', 'groups', 'memberships', 'seed', 'domain'] as const).find((name) => values[name] !== undefined);
  if (ignored === undefined) return readTenantFile(file);
  throw usageFailure(`--${ignored} is for generated tenants and does not go together with --tenant ${file}.`);
}

// A wildcard address is no name that a client could ask for.
function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

async function start(shell: Shell, values: Values, { tenant, certificate, controlToken }: Parts): Promise<Simulator> {
  const { host, port, throttling } = values;
  try {
    return await startSimulator({
      tenant,
      certificate,
      host,
      port,
      throttling,
      pageSize: values['page-size'],
      onError: (error) => shell.stderr.write(`The simulator failed to answer a request: ${String(error)}\n`),
      ...(controlToken === undefined ? {} : { controlToken }),
    });
  } catch (error) {
    throw simulatorFailure(error, port, 'Choose another with --host and --port.');
  }
}

interface Running {
  readonly simulator: Simulator;
  readonly certificate: StoredCertificate;
  readonly controlToken: string | undefined;
}

function announce(shell: Shell, json: boolean, { simulator, certificate, controlToken }: Running): void {
  const [application] = simulator.tenant.facts.applications;
  const facts = {
    url: simulator.url,
    tenantId: simulator.tenant.tenantId,
    clientId: application?.clientId ?? null,
    clientSecret: application?.secrets[0]?.value ?? null,
    caFile: certificate.caFile,
    controlToken: controlToken ?? null,
  };
  shell.stdout.write(json ? `${JSON.stringify(facts)}\n` : text(facts));
}

interface Facts {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly caFile: string;
  readonly controlToken: string | null;
}

function text({ url, tenantId, clientId, clientSecret, caFile, controlToken }: Facts): string {
  const rows: (readonly [string, string])[] = [
    ['URL', url],
    ['Tenant id', tenantId],
    ['Client id', clientId ?? 'none registered'],
    ['Client secret', clientSecret ?? 'none registered'],
    ['CA file', caFile],
    ...(controlToken === null ? [] : [['Control token', controlToken] as const]),
  ];
  return `The simulated tenant is ready.

${properties(rows)}

A configuration to begin with:

tenant:
  id: ${JSON.stringify(tenantId)}
  clientId: ${JSON.stringify(clientId ?? '')}
  credential:
    secret: ${JSON.stringify(clientSecret ?? '')}
  authorityHost: ${JSON.stringify(url)}
  graphUrl: ${JSON.stringify(url)}
  caFile: ${JSON.stringify(caFile)}
directory:
  baseDn: dc=contoso,dc=com
ldap:
  listen: [127.0.0.1:3389]

Ctrl-C stops the tenant.
`;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { defineCommand } from '../command.ts';
import type { TenantChoice } from '../demo/run-simulator.ts';
import { usageFailure } from '../failure.ts';
import { jsonOption, type OptionValues } from '../options.ts';

const sizeMax = 10_000_000;
const generated = { users: 1000, groups: 100, seed: 1, domain: 'contoso.com' } as const;

const options = {
  users: {
    kind: 'integer',
    from: 0,
    to: sizeMax,
    description: 'Users to generate',
    byDefault: String(generated.users),
  },
  groups: {
    kind: 'integer',
    from: 0,
    to: sizeMax,
    description: 'Groups to generate',
    byDefault: String(generated.groups),
  },
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
  'page-size': {
    kind: 'integer',
    from: 1,
    to: 10_000,
    description: 'Objects on a page of a delta query',
    fallback: 200,
  },
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
    const tenant = tenantOf(values);
    const { runSimulator } = await import('../demo/run-simulator.ts');
    return runSimulator(shell, { ...values, folder: values.data, pageSize: values['page-size'], tenant });
  },
});

function tenantOf({ tenant, users, groups, memberships, seed, domain }: OptionValues<typeof options>): TenantChoice {
  const given = Object.entries({ users, groups, memberships, seed, domain }).find(([, value]) => value !== undefined);
  if (tenant !== undefined && given !== undefined) {
    throw usageFailure(`--${given[0]} is for generated tenants and does not go together with --tenant ${tenant}.`);
  }
  if (tenant !== undefined) return { file: tenant };
  return {
    users: users ?? generated.users,
    groups: groups ?? generated.groups,
    seed: seed ?? generated.seed,
    primaryDomain: domain ?? generated.domain,
    ...(memberships === undefined ? {} : { memberships }),
  };
}

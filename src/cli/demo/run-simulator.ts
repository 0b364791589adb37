import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { baseDnOfDomain } from '../../config/base-dn.ts';
import { type GenerateOptions, generateTenant } from '../../simulator/generate.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import type { TenantModel } from '../../simulator/tenant/tenant-model.ts';
import { systemClock } from '../../timing/clock.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { properties } from '../text/table.ts';
import { demoNames } from './demo-names.ts';
import { openOwnFolder } from './own-folder.ts';
import { serverCertificate, type StoredCertificate } from './server-certificate.ts';
import { simulatorFailure } from './simulated-tenant.ts';
import { readTenantFile } from './tenant-file.ts';

/** Which tenant to simulate: one from a file, or a generated one. */
export type TenantChoice = { readonly file: string } | GenerateOptions;

/** How the simulator was asked for. Port 0 is any free one. */
export interface SimulatorRun {
  readonly tenant: TenantChoice;
  readonly host: string;
  readonly port: number;
  readonly pageSize: number;
  readonly throttling: 'off' | 'microsoft';
  /** Whether to open the control endpoint, with a token that is made for this run. */
  readonly control: boolean;
  /** Where the certificate is kept. */
  readonly folder: string;
  readonly json: boolean;
}

/** Serves a simulated tenant until a signal stops it. */
export async function runSimulator(shell: Shell, run: SimulatorRun): Promise<ExitCode> {
  const tenant = 'file' in run.tenant ? readTenantFile(run.tenant.file) : generateTenant(run.tenant);
  const folder = openOwnFolder(run.folder, '--data');
  using stopping = stopOnSignals(shell, systemClock);
  const certificate = await serverCertificate(folder, namesOf(run.host), systemClock.now());
  const controlToken = run.control ? randomBytes(24).toString('base64url') : undefined;
  await using simulator = await start(shell, run, { tenant, certificate, controlToken });
  announce(shell, run.json, { simulator, certificate, controlToken });
  await untilAborted(stopping.signal);
  return exitCodes.ok;
}

// A wildcard address is no name that a client could ask for.
function namesOf(host: string): readonly string[] {
  const isWildcard = host === '0.0.0.0' || host === '::';
  return [...new Set(['localhost', '127.0.0.1', '::1', hostname(), ...(isWildcard ? [] : [host])])];
}

interface Parts {
  readonly tenant: TenantModel;
  readonly certificate: StoredCertificate;
  readonly controlToken: string | undefined;
}

async function start(
  shell: Shell,
  run: SimulatorRun,
  { tenant, certificate, controlToken }: Parts,
): Promise<Simulator> {
  const { host, port, throttling, pageSize } = run;
  try {
    return await startSimulator({
      tenant,
      certificate,
      host,
      port,
      throttling,
      pageSize,
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
  const primary = simulator.tenant.facts.domains.find(({ isDefault }) => isDefault);
  const baseDn = primary === undefined ? demoNames.baseDn : baseDnOfDomain(primary.name);
  shell.stdout.write(json ? `${JSON.stringify(facts)}\n` : text(facts, baseDn));
}

interface Facts {
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly caFile: string;
  readonly controlToken: string | null;
}

function text({ url, tenantId, clientId, clientSecret, caFile, controlToken }: Facts, baseDn: string): string {
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
  baseDn: ${baseDn}
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

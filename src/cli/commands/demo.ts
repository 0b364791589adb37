import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword } from '../../auth/hash-password.ts';
import { runDaemon } from '../../daemon.ts';
import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import { createLog } from '../../observability/create-log.ts';
import { systemClock } from '../../timing/clock.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { demoConfigName, demoFolder, loadConfig } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { type Address, demoCommands, demoNames } from '../demo/demo-commands.ts';
import { demoConfigText } from '../demo/demo-config.ts';
import { openOwnFolder, replaceFile } from '../demo/own-folder.ts';
import { serverCertificate, type StoredCertificate } from '../demo/server-certificate.ts';
import { demoRegistration, demoTenant, startDemoTenant } from '../demo/simulated-tenant.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { jsonOption, logLevelOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { ldapUrl } from '../text/quantities.ts';
import { programVersion } from '../version.ts';

const portRange = { from: 0, to: 65_535 } as const;

/** `demo`: everything at work on one machine, without a tenant. */
export const demoCommand = defineCommand({
  name: 'demo',
  summary: 'Try it now: a simulated tenant and the daemon on it',
  description:
    `Simulates a tenant of ${demoTenant.users} users and ${demoTenant.groups} groups, synchronizes it and serves it on this machine only. When the directory ` +
    'is there, it prints three commands to try. Nothing leaves the machine. Ctrl-C stops it; the next start goes on with ' +
    'the same data. "status" and "sync" work beside it.',
  options: {
    data: { kind: 'text', description: 'Folder for the data of the demo', fallback: demoFolder },
    port: { kind: 'integer', ...portRange, description: 'Port for LDAP, 0 for any free one', fallback: 3389 },
    'tls-port': { kind: 'integer', ...portRange, description: 'Port for LDAPS', byDefault: '3636; 0 with --port 0' },
    'simulator-port': {
      kind: 'integer',
      ...portRange,
      description: 'Port for the simulated tenant',
      byDefault: 'any free one at the first start, then the same again',
    },
    json: jsonOption,
    'log-level': { ...logLevelOption, fallback: 'info' },
  },
  examples: [
    ['demo', 'LDAP at 127.0.0.1:3389 and LDAPS at 127.0.0.1:3636'],
    ['demo --port 0 --json', 'Free ports; addresses and passwords as JSON'],
  ],
  run: async (shell, options) => {
    if (options['log-level'] === 'debug') shell.debug = true;
    const folder = openOwnFolder(options.data, '--data');
    await refuseRunningDemo(join(folder, 'store'), options.data);
    using stopping = stopOnSignals(shell, systemClock);
    const hosts = ['localhost', '127.0.0.1', '::1'];
    const certificate = await serverCertificate(folder, hosts, systemClock.now());
    const configFile = join(folder, demoConfigName);
    const simulatorPort = options['simulator-port'] ?? previousSimulatorPort(configFile) ?? 0;
    await using simulator = await startDemoTenant(certificate, simulatorPort);
    const { port } = options;
    const tlsPort = options['tls-port'] ?? (port === 0 ? 0 : 3636);
    const ports = { port, tlsPort, logLevel: options['log-level'] };
    replaceFile(configFile, await configText(simulator, certificate, ports));
    await runDemo(shell, { configFile, certificate, simulator, json: options.json, signal: stopping.signal });
    return exitCodes.ok;
  },
});

async function refuseRunningDemo(dataDirectory: string, folder: string): Promise<void> {
  try {
    await createControlClient(dataDirectory).status();
  } catch (error) {
    if (error instanceof ControlError && error.code === 'notRunning') return;
    throw error;
  }
  throw new CommandFailure(
    exitCodes.store,
    `A demo is already running on ${folder}. Use it, stop it, or start another with --data DIR --port 0.`,
  );
}

// What the store remembers of its reading (delta links) names the address it read from, so the tenant comes back there.
function previousSimulatorPort(configFile: string): number | undefined {
  try {
    const [, port] = /^ {2}graphUrl: "https:\/\/127\.0\.0\.1:(\d{1,5})"$/m.exec(readFileSync(configFile, 'utf8')) ?? [];
    return port === undefined ? undefined : Number(port);
  } catch {
    // There was no demo here before.
    return undefined;
  }
}

async function configText(
  simulator: Simulator,
  certificate: StoredCertificate,
  ports: { readonly port: number; readonly tlsPort: number; readonly logLevel: string },
): Promise<string> {
  const passwordHash = await hashPassword(demoNames.servicePassword);
  const tenant = { tenantId: simulator.tenant.tenantId, simulatorUrl: simulator.url, ...demoRegistration };
  return demoConfigText({ ...tenant, ...certificate, ...ports, passwordHash });
}

interface DemoRun {
  readonly configFile: string;
  readonly certificate: StoredCertificate;
  readonly simulator: Simulator;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

async function runDemo(shell: Shell, { configFile, certificate, simulator, json, signal }: DemoRun): Promise<void> {
  const { config } = loadConfig(shell, configFile);
  const clock = systemClock;
  const log = createLog({ ...config.log, destination: json ? shell.stderr : shell.stdout, clock });
  let addresses: readonly Address[] = [];
  let announced = false;
  const announce = (): void => {
    if (announced) return;
    announced = true;
    const facts = { configFile, caFile: certificate.caFile, simulatorUrl: simulator.url, addresses };
    shell.stdout.write(json ? `${JSON.stringify(demoReport(facts))}\n` : demoText(facts));
  };
  await runDaemon({
    config,
    log,
    clock,
    version: programVersion(),
    signal,
    onListening: (listening) => {
      addresses = listening;
      // A later start serves what an earlier one has published, and its first round may find nothing new to publish.
      createControlClient(config.store.path)
        .status()
        .then(
          ({ directory }) => directory !== null && announce(),
          (error: unknown) => log.error('demo.status.failed', {}, error),
        );
    },
    onPublished: announce,
  });
}

interface DemoFacts {
  readonly configFile: string;
  readonly caFile: string;
  readonly simulatorUrl: string;
  readonly addresses: readonly Address[];
}

function demoReport({ configFile, caFile, simulatorUrl, addresses }: DemoFacts): unknown {
  return {
    ...demoNames,
    urls: addresses.map(ldapUrl),
    caFile,
    config: configFile,
    simulator: simulatorUrl,
    commands: demoCommands(addresses, caFile),
  };
}

function demoText({ configFile, caFile, addresses }: DemoFacts): string {
  const [search, whoAmI, secureSearch] = demoCommands(addresses, caFile);
  return `
The demo is ready at ${addresses.map(ldapUrl).join(' and ')}.
Copy these lines into another terminal (the commands come with Debian's package ldap-utils):

  ${search}

  ${whoAmI}

  ${secureSearch}

People like ${demoNames.user} have the password ${demoNames.userPassword}
The configuration is ${configFile}; see also: entra-ldapd status, entra-ldapd sync
Ctrl-C stops the demo.

`;
}

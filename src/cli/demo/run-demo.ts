import { join } from 'node:path';
import { hashPassword } from '../../auth/hash-password.ts';
import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import { createLog } from '../../observability/create-log.ts';
import { LogRing } from '../../observability/log-ring.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { systemClock } from '../../timing/clock.ts';
import { checkConfigText, configFileOf, demoConfigName, loadConfig } from '../config-file.ts';
import { runDaemon } from '../daemon-access.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import type { Shell } from '../shell.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { ldapUrl } from '../../wording/quantities.ts';
import { programVersion } from '../version.ts';
import { type Address, demoCommands } from './demo-commands.ts';
import { clientSecretName, demoConfigText } from './demo-config.ts';
import { demoNames } from './demo-names.ts';
import { type DemoStatusPage, openStatusPage } from './demo-status-page.ts';
import { openOwnFolder, replaceFile } from './own-folder.ts';
import { serverCertificate, type StoredCertificate } from './server-certificate.ts';
import { shellLine } from './shell-words.ts';
import { demoRegistration, startDemoTenant } from './simulated-tenant.ts';

/** How the demo was asked for. Port 0 is any free one. */
export interface DemoOptions {
  readonly folder: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly httpPort: number;
  readonly simulatorPort: number;
  readonly json: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** Simulates a tenant, serves it, and tells how to use it, until a signal stops it. */
export async function runDemo(shell: Shell, options: DemoOptions): Promise<ExitCode> {
  if (options.logLevel === 'debug') shell.debug = true;
  const folder = openOwnFolder(options.folder, '--data');
  await refuseRunningDemo(join(folder, 'store'), options.folder);
  using stopping = stopOnSignals(shell, systemClock);
  const hosts = ['localhost', '127.0.0.1', '::1'];
  const certificate = await serverCertificate(folder, hosts, systemClock.now());
  const configFile = join(folder, demoConfigName);
  await using simulator = await startDemoTenant(certificate, options.simulatorPort);
  replaceFile(join(folder, clientSecretName), demoRegistration.clientSecret);
  replaceFile(configFile, await configText(simulator, options));
  const { json } = options;
  await serveDemo(shell, { configFile, certificate, simulator, json, signal: stopping.signal }).catch(adviseOnPorts);
  return exitCodes.ok;
}

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

// The configuration is ours, so advice to change it there would help nobody.
function adviseOnPorts(error: unknown): never {
  if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.listen) throw error;
  const advice = 'For the demo that is --port, --tls-port and --http-port; 0 takes any free one.';
  throw new CommandFailure(exitCodes.listen, `${error.message} ${advice}`, { cause: error });
}

async function configText(simulator: Simulator, { port, tlsPort, httpPort, logLevel }: DemoOptions): Promise<string> {
  const passwordHash = await hashPassword(demoNames.servicePassword);
  const { tenantId } = simulator.tenant;
  return demoConfigText({
    tenantId,
    clientId: demoRegistration.clientId,
    simulatorUrl: simulator.url,
    port,
    tlsPort,
    httpPort,
    logLevel,
    passwordHash,
  });
}

interface DemoRun {
  readonly configFile: string;
  readonly certificate: StoredCertificate;
  readonly simulator: Simulator;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

async function serveDemo(shell: Shell, { configFile, certificate, simulator, json, signal }: DemoRun): Promise<void> {
  const { config } = loadConfig(shell, configFile);
  const clock = systemClock;
  let { level } = config.log;
  const recent = new LogRing();
  const destination = json ? shell.stderr : shell.stdout;
  const log = createLog({ ...config.log, level: () => level, destination, clock, ring: recent });
  let addresses: readonly Address[] = [];
  let pageAddress: Address | undefined;
  let announced = false;
  const announce = (): void => {
    // An interrupted publish is finished, and told of, before anybody can connect.
    if (announced || addresses.length === 0) return;
    announced = true;
    openStatusPage(createControlClient(config.store.path).adminTokens(signal), pageAddress)
      .then((statusPage) => {
        const facts = { configFile, caFile: certificate.caFile, simulatorUrl: simulator.url, addresses, statusPage };
        shell.stdout.write(json ? `${JSON.stringify(demoReport(facts))}\n` : demoText(facts));
      })
      .catch((error: unknown) => log.error('demo.status.failed', {}, error));
  };
  await runDaemon({
    config,
    log,
    recent,
    clock,
    version: programVersion(),
    signal,
    configFile: configFileOf(shell, configFile),
    parseConfig: (path, text) => checkConfigText(shell, path, text),
    onConfig: (changed) => {
      level = changed.log.level;
    },
    onHttpListening: ([address]) => {
      pageAddress = address;
    },
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
  readonly statusPage: DemoStatusPage | null;
}

function demoReport({ configFile, caFile, simulatorUrl, addresses, statusPage }: DemoFacts): unknown {
  return {
    ...demoNames,
    urls: addresses.map(ldapUrl),
    caFile,
    config: configFile,
    simulator: simulatorUrl,
    commands: demoCommands(addresses, caFile),
    statusPage,
  };
}

function demoText({ configFile, caFile, addresses, statusPage }: DemoFacts): string {
  const [search, whoAmI, secureSearch] = demoCommands(addresses, caFile);
  return `
The demo is ready at ${addresses.map(ldapUrl).join(' and ')}.
Copy these lines into another terminal (the commands come with Debian's package ldap-utils):

  ${search}

  ${whoAmI}

  ${secureSearch}
${statusPage === null ? '' : `\nThe status page is at ${statusPage.url}. Sign in with the token\n\n  ${statusPage.token}\n`}
People like ${demoNames.user} have the password ${demoNames.userPassword}
The configuration is ${configFile}
See also: ${shellLine(['entra-ldapd', 'status', '--config', configFile])}
Ctrl-C stops the demo.

`;
}

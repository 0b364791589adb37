import { hashPassword } from '../../src/auth/hash-password.ts';
import { startSimulator } from '../../src/simulator/simulator.ts';
import { writeDaemonConfig } from '../support/daemon-config.ts';
import { differentialTenant } from '../support/differential-tenant.ts';
import { bindRequest } from '../support/ldap-ber.ts';
import { RawClient } from '../support/ldap-raw-client.ts';
import { runProgram, startProgram } from '../support/program.ts';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { Slapd } from '../support/slapd.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** The naming context that both serve. */
export const baseDn = 'dc=contoso,dc=com';

const account = { dn: `cn=reader,ou=services,${baseDn}`, password: 'differential' };

interface Connected {
  readonly ours: RawClient;
  readonly openLdap: RawClient;
  readonly ports: { readonly ours: number; readonly openLdap: number };
}

/** This daemon and an OpenLDAP server that was loaded with its export, each with a bound connection. */
export type TwoServers = Connected & AsyncDisposable;

/** Synchronizes the daemon with a simulated tenant, exports what it serves with its own command, and loads slapd with that. */
export async function startTwoServers(): Promise<TwoServers> {
  const owned: (Disposable | AsyncDisposable)[] = [];
  const own = <T extends Disposable | AsyncDisposable>(resource: T): T => {
    owned.push(resource);
    return resource;
  };
  const dispose = async (): Promise<void> => {
    for (const resource of owned.splice(0).reverse()) {
      await (Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose]());
    }
  };
  try {
    return { ...(await start(own)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function start(own: <T extends Disposable | AsyncDisposable>(resource: T) => T): Promise<Connected> {
  const folder = own(temporaryFolder());
  const { ca, server } = await loopbackCertificates();
  const simulator = own(await startSimulator({ tenant: differentialTenant(), certificate: server }));
  const config = writeDaemonConfig(folder.path, simulator, ca.certPem, {
    serviceAccounts: [{ name: 'reader', passwordHash: await hashPassword(account.password) }],
  });
  const daemon = own(startProgram(['serve', '--config', config]));
  const [, port] = await daemon.waitFor(/ldap\.server\.listening.*?"port":(\d+)/);
  await daemon.waitFor(/sync\.round\.finished/);
  const slapd = own(
    await Slapd.start(folder.path, {
      baseDn,
      schema: await exported('--openldap-schema', '--config', config),
      ldif: await exported('--ldif', '--operational', '--without-version', '--config', config),
      rootDn: account.dn,
      rootPassword: account.password,
      modules: ['memberof', 'ppolicy', 'sssvlv', 'deref'],
      database: ['index objectClass eq', 'index uid,cn,sn,mail eq,pres,sub', 'overlay sssvlv', 'overlay deref'],
    }),
  );
  const ports = { ours: Number(port), openLdap: slapd.port };
  return { ports, ours: own(await connect(ports.ours)), openLdap: own(await connect(ports.openLdap)) };
}

async function exported(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(['export', ...args]);
  if (code !== 0) throw new Error(`export ended with ${code}: ${stderr}`);
  return stdout;
}

async function connect(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  const { code } = await client.ask(1, bindRequest(account.dn, account.password));
  if (code !== 0) throw new Error(`bind answered ${code}`);
  return client;
}

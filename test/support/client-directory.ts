import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword } from '../../src/auth/hash-password.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import type { ConfigChanges } from './daemon-config.ts';
import { DaemonOnSimulator } from './daemon-on-simulator.ts';
import type { RunningProgram } from './program.ts';

/** A person of the tenant that client programs are pointed at. */
export interface ClientPerson {
  readonly uid: string;
  readonly displayName: string;
  readonly surname: string;
  readonly givenName: string;
  readonly uidNumber: number;
  readonly gidNumber: number;
  readonly password?: string;
  readonly accountEnabled?: boolean;
  readonly sshPublicKeys?: readonly string[];
  readonly homeDirectory?: string;
  readonly loginShell?: string;
}

/** A group of that tenant; members are uids, or display names of groups. */
export interface ClientGroup {
  readonly name: string;
  readonly gidNumber: number;
  readonly members: readonly string[];
}

/** What a directory for client programs holds and how it is served. */
export interface ClientDirectoryOptions {
  readonly people: readonly ClientPerson[];
  readonly groups: readonly ClientGroup[];
  /** Sections of the configuration that replace those of {@link startClientDirectory}. */
  readonly changes?: ConfigChanges;
  /** The certificate of the LDAP server; one for the loopback addresses unless given. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
}

/** A simulated tenant and a daemon over it that listens on free loopback ports. */
export interface ClientDirectory extends AsyncDisposable {
  readonly simulator: Simulator;
  readonly daemon: RunningProgram;
  /** A folder of its own, gone with the directory. */
  readonly folder: string;
  readonly ldapPort: number;
  readonly ldapsPort: number;
  /** The PEM file of the authority that signed the server's certificate. */
  readonly caFile: string;
  /** Runs a round and waits until it is published. */
  synchronize(): Promise<void>;
}

export const clientBase = 'dc=example,dc=com';
export const clientUsers = `ou=users,${clientBase}`;
export const clientGroups = `ou=groups,${clientBase}`;
/** The service account of programs that search. */
export const clientAccount = { name: 'svc', dn: `cn=svc,ou=services,${clientBase}`, password: 'Svc-Secret-1' } as const;
/** One that sees the tree as Active Directory. */
export const activeDirectoryAccount = {
  name: 'svc-ad',
  dn: `cn=svc-ad,ou=services,${clientBase}`,
  password: clientAccount.password,
} as const;

const extension = (name: string): string => `extension_5e1f0d7c2b3a49688776655443322110_${name}`;

/** Where the tenant keeps what POSIX systems want to know; the configuration names the same properties. */
const posixSources = {
  users: {
    uidNumberFrom: 'extensionAttribute1',
    homeDirectoryFrom: extension('homeDirectory'),
    loginShellFrom: extension('loginShell'),
    sshPublicKeyFrom: ['extensionAttribute5', extension('sshPublicKeys')],
    primaryGroup: { name: 'users', gidNumber: 100, gidNumberFrom: 'extensionAttribute2', shown: false },
  },
  groups: { gidNumberFrom: extension('gidNumber'), membership: 'direct' },
} as const;

/** The tenant as a tenant file of the simulator. */
function tenantText({ people, groups }: ClientDirectoryOptions): string {
  return JSON.stringify({
    tenant: { id: '7b2d6c1e-93f4-4a7e-8c35-1d5e0f6a9b88', displayName: 'Example', domains: ['example.com'] },
    users: people.map((person) => ({
      userPrincipalName: `${person.uid}@example.com`,
      mail: `${person.uid}@example.com`,
      mailNickname: person.uid,
      displayName: person.displayName,
      surname: person.surname,
      givenName: person.givenName,
      accountEnabled: person.accountEnabled ?? true,
      businessPhones: [`+1 555 ${person.uidNumber}`],
      ...(person.password === undefined ? {} : { password: person.password }),
      onPremisesExtensionAttributes: {
        extensionAttribute1: String(person.uidNumber),
        extensionAttribute2: String(person.gidNumber),
        ...(person.sshPublicKeys === undefined ? {} : { extensionAttribute5: person.sshPublicKeys[0] }),
      },
      ...(person.sshPublicKeys === undefined ? {} : { [extension('sshPublicKeys')]: person.sshPublicKeys.slice(1) }),
      ...(person.homeDirectory === undefined ? {} : { [extension('homeDirectory')]: person.homeDirectory }),
      ...(person.loginShell === undefined ? {} : { [extension('loginShell')]: person.loginShell }),
    })),
    groups: groups.map(({ name, gidNumber, members }) => ({
      displayName: name,
      mailNickname: name,
      description: `Group ${name}`,
      members: members.map((member) => (people.some(({ uid }) => uid === member) ? `${member}@example.com` : member)),
      [extension('gidNumber')]: gidNumber,
    })),
  });
}

/** Starts the tenant and the daemon, and waits until everything is published. */
export async function startClientDirectory(options: ClientDirectoryOptions): Promise<ClientDirectory> {
  const daemon = await DaemonOnSimulator.open({ tenant: parseTenant(tenantText(options), 'tenant') });
  const { simulator, folder } = daemon;
  const passwordHash = await hashPassword(clientAccount.password);
  const files = options.certificate ?? writeCertificate(folder, daemon.certificates.server);
  daemon.configure({
    directory: { baseDn: clientBase },
    ...posixSources,
    ldap: {
      listen: ['127.0.0.1:0'],
      tlsListen: ['127.0.0.1:0'],
      requireTlsForBind: false,
      tls: { certFile: files.certFile, keyFile: files.keyFile, clientCa: files.caFile },
    },
    serviceAccounts: [
      { name: clientAccount.name, passwordHash },
      { name: activeDirectoryAccount.name, passwordHash, activeDirectory: true },
    ],
    ...options.changes,
  });
  try {
    await daemon.start();
    const [ldapPort, ldapsPort] = [await portOf(daemon, false), await portOf(daemon, true)];
    await daemon.published(1);
    return {
      simulator,
      daemon: daemon.program,
      folder,
      ldapPort,
      ldapsPort,
      caFile: files.caFile,
      synchronize: () => daemon.sync(),
      [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
    };
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
}

function writeCertificate(
  folder: string,
  { certPem, keyPem }: { readonly certPem: string; readonly keyPem: string },
): { readonly certFile: string; readonly keyFile: string; readonly caFile: string } {
  const [certFile, keyFile] = [join(folder, 'ldap.pem'), join(folder, 'ldap.key')];
  writeFileSync(certFile, certPem);
  writeFileSync(keyFile, keyPem, { mode: 0o600 });
  // The authority of the simulator's certificate signs this one too, and stands beside the configuration.
  return { certFile, keyFile, caFile: join(folder, 'ca.pem') };
}

async function portOf(daemon: DaemonOnSimulator, tls: boolean): Promise<number> {
  const [, port] = await daemon.waitFor(new RegExp(`ldap\\.server\\.listening.*"port":(\\d+),"tls":${tls}`));
  return Number(port);
}

/** The directory that all servers serve: a generated tenant, synchronized by our daemon and exported as LDIF. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import bcrypt from 'bcrypt';

import { createCertificateAuthority, issueServerCertificate } from '../../src/certificates/authority.ts';
import { type RunningProgram, runProgram, startProgram } from '../../test/support/program.ts';
import { benchAccount } from './bench-server.ts';
import { readLdif } from './ldif.ts';

/** How large a tenant is. */
export interface TenantSize {
  readonly users: number;
  readonly groups: number;
  readonly memberships: number;
}

/** A running simulator and how it is reached. */
export interface SimulatedTenant extends AsyncDisposable {
  readonly program: RunningProgram;
  readonly url: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly caFile: string;
  /** For `POST /control/…`, which changes the tenant. */
  readonly controlToken: string;
}

/** A folder with all that the servers are started from. */
export interface BenchFolder {
  readonly path: string;
  readonly configFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caPem: string;
}

/** What the directory holds, for requests that find something. */
export interface DirectoryContents {
  readonly baseDn: string;
  readonly users: readonly { readonly dn: string; readonly uid: string; readonly mail: string | undefined }[];
  /** The largest first. */
  readonly groups: readonly { readonly dn: string; readonly cn: string; readonly members: readonly string[] }[];
}

/** The naming context of every benchmark. */
export const baseDn = 'dc=contoso,dc=com';
/** bcrypt's usual cost. */
const bcryptCost = 10;
/** A first sync of a million users takes its time. */
const longMs = 3_600_000;

/** Starts the simulated tenant as a process of its own, so that its work is not counted as ours. */
export async function startTenant(folder: string, size: TenantSize): Promise<SimulatedTenant> {
  const program = startProgram([
    'simulate',
    '--json',
    '--control',
    '--port',
    '0',
    '--data',
    join(folder, 'simulator'),
    '--page-size',
    '999',
    '--users',
    String(size.users),
    '--groups',
    String(size.groups),
    '--memberships',
    String(size.memberships),
  ]);
  const [json] = await program.waitFor(/^\{.*\}$/m);
  const printed = JSON.parse(json) as Omit<SimulatedTenant, 'program'>;
  return { ...printed, program, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
}

/** Writes certificate and configuration. */
export async function prepareFolder(path: string, tenant: SimulatedTenant): Promise<BenchFolder> {
  const nowMs = Date.now();
  const authority = await createCertificateAuthority({ commonName: 'Benchmark', nowMs, days: 2 });
  const pair = await issueServerCertificate({ authority, hosts: ['localhost', '127.0.0.1'], nowMs, days: 2 });
  const certFile = join(path, 'server.pem');
  const keyFile = join(path, 'server.key');
  writeFileSync(certFile, pair.certPem);
  writeFileSync(keyFile, pair.keyPem, { mode: 0o600 });
  writeFileSync(join(path, 'ca.pem'), authority.certPem);
  const configFile = join(path, 'entra-ldapd.yaml');
  writeFileSync(configFile, JSON.stringify(await configuration(tenant, certFile, keyFile)));
  return { path, configFile, certFile, keyFile, caPem: authority.certPem };
}

/** A folder with a copy of the store, which nobody has open, whose daemon has further keys in `ldap`. */
export function copyFolder(folder: BenchFolder, path: string, ldap: Readonly<Record<string, unknown>>): BenchFolder {
  cpSync(join(folder.path, 'store'), join(path, 'store'), { recursive: true });
  const configFile = join(path, 'entra-ldapd.yaml');
  const config = JSON.parse(readFileSync(folder.configFile, 'utf8')) as { readonly ldap: object };
  writeFileSync(configFile, JSON.stringify({ ...config, ldap: { ...config.ldap, ...ldap } }));
  return { ...folder, path, configFile };
}

/** A round without serving anyone; the seconds it took by its own report are not asked: the caller has a clock. */
export async function syncOnce(folder: BenchFolder): Promise<void> {
  const { code, stderr } = await runProgram(['sync', '--config', folder.configFile], { timeoutMs: longMs });
  if (code !== 0) throw new Error(`the first sync failed:\n${stderr}`);
}

/** Writes the directory and its schema in the form that slapadd reads; returns their paths. */
export async function exportDirectory(folder: BenchFolder): Promise<{ ldif: string; schema: string }> {
  const ldif = join(folder.path, 'directory.ldif');
  const schema = join(folder.path, 'entra-ldapd.schema');
  const common = ['export', '--config', folder.configFile];
  for (const args of [
    ['--operational', '--without-version', '--output', ldif],
    ['--openldap-schema', '--output', schema],
  ]) {
    const { code, stderr } = await runProgram([...common, ...args], { timeoutMs: longMs });
    if (code !== 0) throw new Error(`the export failed:\n${stderr}`);
  }
  return { ldif, schema };
}

/** Reads from an export who is in the directory. */
export function readContents(ldif: string): DirectoryContents {
  const users: DirectoryContents['users'][number][] = [];
  const groups: DirectoryContents['groups'][number][] = [];
  for (const { dn, attributes } of readLdif(ldif)) {
    const uid = attributes.get('uid')?.[0];
    const cn = attributes.get('cn')?.[0];
    if (uid !== undefined) users.push({ dn, uid, mail: attributes.get('mail')?.[0] });
    else if (cn !== undefined && dn.includes(',ou=groups,')) {
      groups.push({ dn, cn, members: attributes.get('member') ?? [] });
    }
  }
  groups.sort((a, b) => b.members.length - a.members.length || (a.dn < b.dn ? -1 : 1));
  return { baseDn, users, groups };
}

async function configuration(tenant: SimulatedTenant, certFile: string, keyFile: string): Promise<object> {
  return {
    tenant: {
      id: tenant.tenantId,
      clientId: tenant.clientId,
      credential: { secret: tenant.clientSecret },
      authorityHost: tenant.url,
      graphUrl: tenant.url,
      caFile: tenant.caFile,
    },
    directory: { baseDn },
    sync: { interval: '24h' },
    store: { path: 'store' },
    ldap: {
      listen: ['127.0.0.1:0'],
      tlsListen: ['127.0.0.1:0'],
      requireTlsForBind: false,
      tls: { certFile, keyFile },
      limits: { sizeLimit: 2_000_000, timeLimit: '10m' },
    },
    serviceAccounts: [{ name: benchAccount.name, passwordHash: await bcrypt.hash(benchAccount.password, bcryptCost) }],
    log: { level: 'info', format: 'text' },
  };
}

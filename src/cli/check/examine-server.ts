import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Config, ListenerConfig } from '../../config/config.ts';
import { isLoopback } from '../../config/endpoints.ts';
import { parseCertificates } from '../../config/pem.ts';
import { createControlClient } from '../../http/control-client.ts';
import { ControlError } from '../../http/control-error.ts';
import type { StatusReport } from '../../identity/admin.ts';
import type { Finding } from '../../identity/examination.ts';
import { httpUrl, ldapUrl } from '../../wording/quantities.ts';
import { reason } from '../config-file.ts';
import { type RootDse, readRootDse } from './ldap-probe.ts';

/** What serving needs: free addresses or a daemon that answers at them, and certificates that are valid for a while. */
export async function* examineServer(config: Config, nowMs: number): AsyncGenerator<Finding, void, void> {
  yield* examineCertificates(config, nowMs);
  const status = await runningDaemon(config.store.path);
  if (status === undefined) {
    for (const listener of config.ldap.listeners)
      yield await examineAddress(ldapUrl(listener), listener, ldapKey(listener));
    yield* examineHttp(config);
    return;
  }
  for (const listener of status.listeners) yield await examineListener(listener, config);
}

async function runningDaemon(dataDirectory: string): Promise<StatusReport | undefined> {
  try {
    return await createControlClient(dataDirectory).status();
  } catch (error) {
    if (error instanceof ControlError) return undefined;
    throw error;
  }
}

/** Listens for a moment, which tells all that can go wrong with it. */
async function examineAddress(
  subject: string,
  { host, port }: Pick<ListenerConfig, 'host' | 'port'>,
  key: string,
): Promise<Finding> {
  const row = { id: 'listen', subject };
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
    return { ...row, verdict: 'good', finding: 'can be listened at', fix: null };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { ...row, verdict: 'bad', ...listenProblem(code, key) };
  } finally {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }
}

function ldapKey({ tls }: ListenerConfig): string {
  return tls ? 'ldap.tlsListen' : 'ldap.listen';
}

/** The addresses of HTTP. Where nobody has asked for them, the directory is served all the same. */
async function* examineHttp({ http }: Config): AsyncGenerator<Finding, void, void> {
  for (const listener of http.listeners) {
    const tls = http.tls !== undefined;
    const finding = await examineAddress(httpUrl({ ...listener, tls }), listener, 'http.listen');
    yield finding.verdict === 'bad' && !http.isListenGiven ? { ...finding, verdict: 'doubtful' } : finding;
  }
}

function listenProblem(code: string, key: string): Pick<Finding, 'finding' | 'fix'> {
  switch (code) {
    case 'EADDRINUSE':
      return { finding: 'another program listens there', fix: `Stop it, or choose another address in ${key}.` };
    case 'EACCES':
      return {
        finding: 'this user may not listen there',
        fix: `Give the service the capability CAP_NET_BIND_SERVICE, or choose a port from 1024 in ${key}.`,
      };
    case 'EADDRNOTAVAIL':
      return { finding: 'this machine has no such address', fix: `Correct ${key}.` };
    default:
      return { finding: `cannot be listened at (${code})`, fix: `Correct ${key}.` };
  }
}

async function examineListener(listener: ListenerConfig, { ldap, directory }: Config): Promise<Finding> {
  const row = { id: 'daemon', subject: ldapUrl(listener) };
  if (listener.tls && ldap.tls?.clientCertificates === 'require') {
    const finding = 'not looked at: it demands a client certificate';
    return { ...row, verdict: 'skipped', finding, fix: null };
  }
  try {
    return { ...row, ...judge(await readRootDse({ url: ldapUrl(reachable(listener)), tls: listener.tls }), directory) };
  } catch (error) {
    const finding = `the daemon does not answer: ${error instanceof Error ? error.message : String(error)}`;
    const fix = 'Look at its log; a firewall on this machine may be in between.';
    return { ...row, verdict: 'bad', finding, fix };
  }
}

function judge(
  { namingContexts, vendorName, vendorVersion }: RootDse,
  { baseDn }: Config['directory'],
): Pick<Finding, 'verdict' | 'finding' | 'fix'> {
  const who = `${vendorName ?? 'an unknown server'} ${vendorVersion ?? ''}`.trim();
  const served = namingContexts.join(', ');
  if (namingContexts.some((context) => context.toLowerCase() === baseDn.toLowerCase())) {
    return { verdict: 'good', finding: `${who} serves ${served}`, fix: null };
  }
  const finding = `${who} serves ${served === '' ? 'nothing' : served}, and not ${baseDn}`;
  return { verdict: 'bad', finding, fix: 'Restart the daemon: it runs with another configuration.' };
}

/** An address for this machine to connect to, where the daemon listens on all of them. */
export function reachable({ host, port, tls }: ListenerConfig): ListenerConfig {
  const anywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return { host: anywhere[host] ?? host, port, tls };
}

const dayMs = 86_400_000;
const expiresSoonDays = 30;

function examineCertificates({ ldap }: Config, nowMs: number): readonly Finding[] {
  if (ldap.tls === undefined) {
    if (ldap.listeners.every(({ host }) => isLoopback(host))) return [];
    const finding = ldap.requireTlsForBind
      ? 'there is none, so that passwords from other machines are refused'
      : 'there is none, so that passwords cross the network in the clear';
    const fix = 'Set ldap.tls.';
    return [{ id: 'tls', subject: 'Certificate for LDAPS', verdict: 'doubtful', finding, fix }];
  }
  return [ldap.tls, ...ldap.tls.further].map(({ certFile }) => examineCertificate(certFile, nowMs));
}

function examineCertificate(certFile: string, nowMs: number): Finding {
  const row = { id: 'tls', subject: 'Certificate for LDAPS' };
  const pem = readText(certFile);
  const reading = 'problem' in pem ? pem : parseCertificates(pem.value);
  const own = 'value' in reading ? reading.value[0] : undefined;
  if (own === undefined) {
    const why = 'problem' in reading ? reading.problem : 'holds no certificate';
    return { ...row, verdict: 'bad', finding: `${certFile} ${why}`, fix: 'Correct ldap.tls.certFile.' };
  }
  const days = Math.floor((Date.parse(own.validTo) - nowMs) / dayMs);
  const names = own.subjectAltName ?? 'no subject alternative name';
  const until = new Date(own.validTo).toISOString().slice(0, 10);
  if (days < 0) {
    return { ...row, verdict: 'bad', finding: `${certFile} expired on ${until}`, fix: 'Renew the certificate.' };
  }
  if (Date.parse(own.validFrom) > nowMs) {
    const finding = `${certFile} is not valid before ${own.validFrom}`;
    return { ...row, verdict: 'bad', finding, fix: 'Correct the clock of this machine, or wait.' };
  }
  const finding = `${names}; valid until ${until} (${days} days left)`;
  if (own.subjectAltName === undefined) {
    const fix =
      'Make a certificate with the name that clients use as a DNS subject alternative name; many check no other.';
    return { ...row, verdict: 'doubtful', finding, fix };
  }
  if (days > expiresSoonDays) return { ...row, verdict: 'good', finding, fix: null };
  return {
    ...row,
    verdict: 'doubtful',
    finding,
    fix: 'Renew it in time; the daemon takes over the new files by itself.',
  };
}

function readText(path: string): { readonly value: string } | { readonly problem: string } {
  try {
    return { value: readFileSync(path, 'utf8') };
  } catch (error) {
    return { problem: `cannot be read: ${reason(error)}` };
  }
}

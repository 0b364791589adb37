import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  type CertificatePair,
  createCertificateAuthority,
  issueServerCertificate,
} from '../../certificates/authority.ts';
import { parseCertificates } from '../../config/pem.ts';
import { parseServerName } from '../../config/server-name.ts';
import { reason } from '../config-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { replaceFile } from './replace-file.ts';

/** What is to be made. */
export interface CertificateOrder {
  readonly folder: string;
  /** The files are named so: `ldap` for `ldap.pem` and `ldap.key`. */
  readonly name: string;
  /** DNS names and addresses; undefined for those of the certificate that is renewed, or of this machine. */
  readonly names: readonly string[] | undefined;
  /** The names of this machine. */
  readonly usualNames: readonly string[];
  readonly days: number;
  readonly authorityDays: number;
  /** Whether a certificate that is there is replaced. */
  readonly renew: boolean;
  readonly nowMs: number;
}

/** What was made. */
export interface MadeCertificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
  readonly caKeyFile: string;
  readonly names: readonly string[];
  readonly validToMs: number;
  readonly caValidToMs: number;
  /** False when the authority was there. */
  readonly isAuthorityNew: boolean;
  /** Whether the authority ends too soon for the days that were asked for. */
  readonly isCutShort: boolean;
}

const DAY_MS = 86_400_000;
const privateMode = 0o600;
const publicMode = 0o644;

/**
 * Makes a certificate for a server, signed by the private authority of the folder, which is made when there is none. Keys are readable
 * by this user only. Files take their names complete, the key before its certificate.
 *
 * @throws CommandFailure when it is there and is not to be renewed, or the authority cannot be used; nothing was changed
 */
export async function makeCertificates(order: CertificateOrder): Promise<MadeCertificate> {
  const { folder, name, renew, nowMs } = order;
  const place = (file: string): string => join(folder, file);
  const [certFile, keyFile] = [place(`${name}.pem`), place(`${name}.key`)];
  const [caFile, caKeyFile] = [place('ca.pem'), place('ca.key')];
  if (!renew && (existsSync(certFile) || existsSync(keyFile))) {
    throw new CommandFailure(
      exitCodes.refused,
      `${certFile} or its key is there already: --renew replaces them under the same authority, and --name makes another certificate.`,
    );
  }
  const names = order.names ?? (renew ? namesIn(certFile) : undefined) ?? order.usualNames;
  const found = readAuthority(caFile, caKeyFile);
  const authority = found ?? (await newAuthority(order));
  const caValidToMs = endOf(authority.certPem, caFile, nowMs);
  const days = Math.min(order.days, Math.floor((caValidToMs - nowMs) / DAY_MS));
  const pair = await issue(authority, names, nowMs, days, caKeyFile);
  makeFolder(folder);
  if (found === undefined) {
    replaceFile(caKeyFile, authority.keyPem, privateMode);
    replaceFile(caFile, authority.certPem, publicMode);
  }
  replaceFile(keyFile, pair.keyPem, privateMode);
  replaceFile(certFile, pair.certPem, publicMode);
  const validToMs = Date.parse(new X509Certificate(pair.certPem).validTo);
  const isCutShort = days < order.days;
  const isAuthorityNew = found === undefined;
  return { certFile, keyFile, caFile, caKeyFile, names, validToMs, caValidToMs, isAuthorityNew, isCutShort };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new CommandFailure(exitCodes.refused, `${folder} cannot be made: ${reason(error)}.`, { cause: error });
  }
}

/** Reads names that are separated by commas. Throws a usage failure for what is neither a DNS name nor an address. */
export function readNames(text: string): readonly string[] {
  const names = text
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '');
  const wrong = names.find((each) => isIP(each) === 0 && 'problem' in parseServerName(each));
  if (wrong !== undefined) throw usageFailure(`--names: "${wrong}" is neither a DNS name nor an IP address.`);
  if (names.length === 0) throw usageFailure('--names needs a DNS name or an IP address.');
  return [...new Set(names)];
}

/** The names that a certificate is for; undefined when the file is not there. */
function namesIn(file: string): readonly string[] | undefined {
  if (!existsSync(file)) return undefined;
  const parsed = parseCertificates(read(file));
  if ('problem' in parsed)
    throw new CommandFailure(exitCodes.refused, `${file} ${parsed.problem}; nothing was changed.`);
  const names = alternativeNames(parsed.value[0]);
  return names.length === 0 ? undefined : names;
}

/** The DNS names and addresses in a certificate (RFC 5280 §4.2.1.6). */
export function alternativeNames(certificate: X509Certificate | undefined): readonly string[] {
  return (certificate?.subjectAltName ?? '').split(', ').flatMap((each) => {
    const [, kind, name = ''] = /^(DNS|IP Address):(.+)$/.exec(each) ?? [];
    return kind === undefined ? [] : [kind === 'DNS' ? name : shortAddress(name)];
  });
}

// OpenSSL writes all groups of an IPv6 address: 0:0:0:0:0:0:0:1.
function shortAddress(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

function readAuthority(caFile: string, caKeyFile: string): CertificatePair | undefined {
  const [hasCertificate, hasKey] = [existsSync(caFile), existsSync(caKeyFile)];
  if (!hasCertificate && !hasKey) return undefined;
  if (hasCertificate && hasKey) return { certPem: read(caFile), keyPem: read(caKeyFile) };
  const missing = hasCertificate ? caKeyFile : caFile;
  throw new CommandFailure(
    exitCodes.refused,
    `${missing} is missing, and the other half of the authority is there: put it back, or make a new authority in another folder ` +
      '(--folder), which clients then have to trust.',
  );
}

function newAuthority({ nowMs, authorityDays, usualNames }: CertificateOrder): Promise<CertificatePair> {
  const day = new Date(nowMs).toISOString().slice(0, 10);
  // Told apart in the list of a client that trusts several.
  const commonName = `entra-ldapd CA of ${usualNames[0] ?? 'this machine'} (${day})`.slice(0, 64);
  return createCertificateAuthority({ commonName, nowMs, days: authorityDays });
}

function endOf(certPem: string, caFile: string, nowMs: number): number {
  const parsed = parseCertificates(certPem);
  if ('problem' in parsed) throw new CommandFailure(exitCodes.refused, `${caFile} ${parsed.problem}.`);
  const [certificate] = parsed.value;
  const endMs = Date.parse(certificate?.validTo ?? '');
  if (certificate?.ca === true && endMs - nowMs >= DAY_MS) return endMs;
  throw new CommandFailure(
    exitCodes.refused,
    certificate?.ca === true
      ? `The authority in ${caFile} ends ${certificate.validTo}: move ca.pem and ca.key away, run this again, and give the new ca.pem to all clients.`
      : `${caFile} is not the certificate of an authority: take another folder (--folder).`,
  );
}

async function issue(
  authority: CertificatePair,
  hosts: readonly string[],
  nowMs: number,
  days: number,
  caKeyFile: string,
): Promise<CertificatePair> {
  const [certificate] = authority.certPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/) ?? [];
  try {
    const pair = await issueServerCertificate({ authority, hosts, nowMs, days });
    if (new X509Certificate(pair.certPem).verify(new X509Certificate(certificate ?? '').publicKey)) return pair;
  } catch (error) {
    throw new CommandFailure(exitCodes.refused, unusableKey(caKeyFile), { cause: error });
  }
  throw new CommandFailure(exitCodes.refused, unusableKey(caKeyFile));
}

function unusableKey(caKeyFile: string): string {
  return `The key in ${caKeyFile} cannot sign for the authority beside it: it must be its own, and an EC key on P-256 (PKCS #8), as "certs create" makes it.`;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(exitCodes.refused, `${file} cannot be read: ${reason(error)}.`, { cause: error });
  }
}

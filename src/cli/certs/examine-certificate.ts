/** What can be told of the files of a certificate before a server uses them, or while it does. */
import type { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { createSecureContext } from 'node:tls';
import { keyBelongs, parseCertificates, parsePrivateKey } from '../../config/pem.ts';
import type { Finding, Verdict } from '../../identity/examination.ts';
import { counted, moment } from '../../wording/quantities.ts';
import { reason } from '../config-file.ts';
import { alternativeNames } from './make-certificates.ts';

/** Which files, and what is expected of them. */
export interface ExaminedFiles {
  readonly certFile: string;
  /** Left out: nothing is told about the key. */
  readonly keyFile?: string | undefined;
  /** The authorities that clients trust; left out: those that come with operating systems. */
  readonly caFile?: string | undefined;
  /** Names that clients ask for. */
  readonly names: readonly string[];
}

const DAY_MS = 86_400_000;
const warnDays = 21;
const serverAuth = '1.3.6.1.5.5.7.3.1';

/** Looks at the certificate of a server, its chain and its key. */
export function examineCertificate(files: ExaminedFiles, nowMs: number): readonly Finding[] {
  const about = reporter(files.certFile);
  const chain = readPem(files.certFile, parseCertificates);
  if ('problem' in chain) return [about('file', 'bad', chain.problem, 'Put a certificate in PEM form there.')];
  const [own, ...others] = chain.value;
  if (own === undefined) return [];
  return [
    ...[own, ...others].map((each, at) => validity(each, at === 0 ? about : reporter(nameOf(each)), nowMs)),
    ...names(own, files.names, about),
    purpose(own, about),
    ...order([own, ...others], about),
    trust(chain.value, files.caFile, about),
    ...(files.keyFile === undefined ? [] : key(files.certFile, chain.value, files.keyFile)),
  ];
}

/** Looks at a file with authorities whose certificates are accepted. */
export function examineAuthorities(caFile: string, nowMs: number): readonly Finding[] {
  const parsed = readPem(caFile, parseCertificates);
  const about = reporter(caFile);
  if ('problem' in parsed) return [about('file', 'bad', parsed.problem, 'Put the authorities in PEM form there.')];
  return parsed.value.flatMap((each) => [
    validity(each, reporter(nameOf(each)), nowMs),
    ...(each.ca
      ? []
      : [
          about(
            'purpose',
            'bad',
            `${nameOf(each)} is not the certificate of an authority`,
            'Put the one that signed it there.',
          ),
        ]),
  ]);
}

type Report = (id: string, verdict: Verdict, finding: string, fix?: string | null) => Finding;

function reporter(subject: string): Report {
  const short = subject.length > 40 ? `…${subject.slice(-39)}` : subject;
  return (id, verdict, finding, fix = null) => ({ id: `certificate.${id}`, subject: short, verdict, finding, fix });
}

function readPem<T>(
  path: string,
  parse: (text: string) => { readonly value: T } | { readonly problem: string },
): { readonly value: T } | { readonly problem: string } {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { problem: `cannot be read: ${reason(error)}` };
  }
}

function validity(certificate: X509Certificate, about: Report, nowMs: number): Finding {
  const [fromMs, toMs] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const days = Math.floor((toMs - nowMs) / DAY_MS);
  if (nowMs < fromMs)
    return about('validity', 'bad', `is not valid before ${moment(fromMs)}`, 'Check the clock, or wait.');
  if (nowMs >= toMs)
    return about(
      'validity',
      'bad',
      `expired ${moment(toMs)}`,
      'Renew it (entra-ldapd certs create --renew, for one of our own).',
    );
  const text = `valid until ${moment(toMs)} (${counted(days, 'day')} left)`;
  if (days >= warnDays) return about('validity', 'good', text);
  return about('validity', 'doubtful', text, 'Renew it soon (entra-ldapd certs create --renew, for one of our own).');
}

function names(certificate: X509Certificate, expected: readonly string[], about: Report): readonly Finding[] {
  const has = alternativeNames(certificate);
  if (has.length === 0) {
    return [
      about(
        'names',
        'bad',
        'has no DNS name and no address among its alternative names',
        'Clients compare with nothing else (RFC 9525 §2): have it made anew with them.',
      ),
    ];
  }
  const missing = expected.filter((name) => {
    const match = isIP(name) === 0 ? certificate.checkHost(name, { subject: 'never' }) : certificate.checkIP(name);
    return match === undefined;
  });
  return [
    about('names', 'good', `is for ${has.join(', ')}`),
    ...missing.map((name) =>
      about(
        'names',
        'bad',
        `is not for ${name}`,
        'Clients that ask for it refuse the connection: have it made anew with this name.',
      ),
    ),
  ];
}

function purpose(certificate: X509Certificate, about: Report): Finding {
  if (certificate.ca) {
    return about(
      'purpose',
      'bad',
      'is the certificate of an authority',
      'A server needs one of its own, signed by it.',
    );
  }
  // The types say string[]; a certificate without the extension has undefined.
  const usages = certificate.keyUsage as readonly string[] | undefined;
  if (usages !== undefined && !usages.includes(serverAuth)) {
    return about(
      'purpose',
      'bad',
      'is not for servers (serverAuth is not among its usages)',
      'Have it made anew for a server.',
    );
  }
  return about('purpose', 'good', 'is for servers');
}

/** Each certificate is followed by the one that signed it (RFC 8446 §4.4.2). */
function order(chain: readonly X509Certificate[], about: Report): readonly Finding[] {
  const broken = chain.findIndex((each, at) => {
    const next = chain[at + 1];
    return next !== undefined && !isIssuedBy(each, next);
  });
  const [each, next] = [chain[broken], chain[broken + 1]];
  if (each === undefined || next === undefined) return [];
  return [
    about(
      'chain',
      'bad',
      `${nameOf(each)} is followed by ${nameOf(next)}, which did not sign it`,
      'Put the certificate of the server first, then each that signed the one before it.',
    ),
  ];
}

function trust(chain: readonly X509Certificate[], caFile: string | undefined, about: Report): Finding {
  const last = chain.at(-1);
  const authorities = caFile === undefined ? { value: publicRoots() } : readPem(caFile, parseCertificates);
  if ('problem' in authorities)
    return about('trust', 'bad', `${caFile ?? ''} ${authorities.problem}`, 'Name the authorities with --ca.');
  const ends = authorities.value.find(
    (root) => last !== undefined && (root.raw.equals(last.raw) || isIssuedBy(last, root)),
  );
  const count =
    chain.length === 1 ? 'without further certificates' : `with ${counted(chain.length - 1, 'further certificate')}`;
  if (ends !== undefined) return about('trust', 'good', `${count}, ends at ${nameOf(ends)}`);
  return about(
    'trust',
    caFile === undefined ? 'doubtful' : 'bad',
    `${count}, signed by ${last?.issuer.replaceAll('\n', ', ') ?? 'nobody'}, which ${caFile ?? 'no usual list of authorities'} does not have`,
    caFile === undefined
      ? 'Give clients the certificate of the authority, and check with it: --ca FILE. A missing intermediate certificate belongs behind the own one.'
      : 'Add the missing intermediate certificate behind the own one, or name the right authorities.',
  );
}

function publicRoots(): X509Certificate[] {
  const parsed = parseCertificates(rootCertificates.join('\n'));
  return 'value' in parsed ? parsed.value : [];
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function key(certFile: string, chain: readonly X509Certificate[], keyFile: string): readonly Finding[] {
  const about = reporter(keyFile);
  const parsed = readPem(keyFile, parsePrivateKey);
  if ('problem' in parsed)
    return [about('key', 'bad', parsed.problem, 'Put the private key of the certificate there.')];
  if (!keyBelongs(chain, parsed.value)) {
    return [
      about(
        'key',
        'bad',
        `does not belong to the first certificate in ${certFile}`,
        'Put the two that were made together there.',
      ),
    ];
  }
  return [about('key', 'good', 'belongs to the certificate'), usable(certFile, keyFile), rights(keyFile, about)];
}

/** OpenSSL refuses what is too weak: short keys, MD5 and SHA-1 signatures. */
function usable(certFile: string, keyFile: string): Finding {
  const about = reporter(certFile);
  try {
    createSecureContext({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
    return about('usable', 'good', 'TLS can be spoken with it');
  } catch (error) {
    return about(
      'usable',
      'bad',
      `cannot be used for TLS: ${reason(error)}`,
      'Have it made anew with a stronger key or signature.',
    );
  }
}

function rights(keyFile: string, about: Report): Finding {
  const mode = statSync(keyFile).mode & 0o777;
  const text = `has the mode ${mode.toString(8).padStart(4, '0')}`;
  if ((mode & 0o007) !== 0) {
    return about(
      'rights',
      'bad',
      `${text}: everybody on this machine can use it`,
      `chmod 600 ${keyFile}, and make a new one where others were on the machine.`,
    );
  }
  if ((mode & 0o070) !== 0)
    return about('rights', 'doubtful', `${text}: its group can use it`, `chmod 600 ${keyFile}, unless that is meant.`);
  return about('rights', 'good', text);
}

function nameOf(certificate: X509Certificate): string {
  return /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? certificate.subject.replaceAll('\n', ', ');
}

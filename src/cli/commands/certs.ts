import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding } from '../../identity/examination.ts';
import { systemClock } from '../../timing/clock.ts';
import { counted, moment } from '../../wording/quantities.ts';
import { examineAuthorities, examineCertificate } from '../certs/examine-certificate.ts';
import { type MadeCertificate, makeCertificates, readNames } from '../certs/make-certificates.ts';
import { defineCommand } from '../command.ts';
import { loadConfig } from '../config-file.ts';
import { exitCodes } from '../exit-codes.ts';
import { usageFailure } from '../failure.ts';
import { configOption, jsonOption } from '../options.ts';
import type { Shell } from '../shell.ts';
import { findingText, usesColour } from '../text/findings.ts';

const loopback = ['localhost', '127.0.0.1', '::1'];

/** `certs create`: a certificate for the server, signed by an authority of one's own. */
export const certsCreateCommand = defineCommand({
  name: 'certs create',
  summary: 'Make a private authority and a certificate for the server',
  description:
    'For trying out and for small sites that have no authority: makes ca.pem and ca.key in the folder, and the certificate of the server ' +
    'with its key, signed by it. Clients are given ca.pem, once. --renew makes a new certificate, with the same names, under the same ' +
    'authority, so that clients need nothing new; a running daemon takes it into use by itself. Keys get the mode 0600. ca.key is needed ' +
    'to renew and by nobody else: keep it away from the server where that is possible.',
  options: {
    folder: { kind: 'text', description: 'Folder for the files', fallback: 'certs' },
    name: { kind: 'text', description: 'What the files are called: NAME.pem and NAME.key', fallback: 'ldap' },
    names: {
      kind: 'text',
      description: 'DNS names and IP addresses that clients connect to, separated by commas',
      byDefault: 'those of this machine; with --renew those it has',
    },
    days: { kind: 'integer', from: 1, to: 3650, description: 'How long it is valid', fallback: 397 },
    'ca-days': {
      kind: 'integer',
      from: 30,
      to: 7300,
      description: 'How long a new authority is valid',
      fallback: 3650,
    },
    renew: { kind: 'flag', description: 'Replace a certificate that is there' },
    json: jsonOption,
  },
  examples: [
    ['certs create --names ldap.example.com,10.0.0.5', 'certs/ldap.pem and certs/ldap.key, and ca.pem for clients'],
    ['certs create --renew', 'The same names, a new key, the same authority'],
    ['certs create --name http --names status.example.com', 'One more, for the status page'],
  ],
  run: async (shell, { names, name, json, renew, days, folder, 'ca-days': authorityDays }) => {
    if (!/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name) || name.toLowerCase() === 'ca') {
      throw usageFailure('--name is a word of letters, digits, dots and dashes, and not "ca".');
    }
    const made = await makeCertificates({
      folder,
      name,
      names: names === undefined ? undefined : readNames(names),
      usualNames: [...new Set([hostname().toLowerCase(), ...loopback])],
      days,
      authorityDays,
      renew,
      nowMs: systemClock.now(),
    });
    shell.stdout.write(json ? `${JSON.stringify({ certificate: made })}\n` : madeText(made));
    return exitCodes.ok;
  },
});

/** `certs check`: whether certificates are as they must be. */
export const certsCheckCommand = defineCommand({
  name: 'certs check',
  summary: 'Check certificates: end, names, chain, key, rights',
  description:
    'Looks at the certificates of the servers that the configuration names, or at one in a FILE: when they end, which names they are ' +
    'for, whether each is followed by the one that signed it and where that ends, whether the key belongs to it, and who may read the ' +
    'key. Says for whatever is wrong how to mend it, and ends with 8 then.',
  furtherOperand: {
    name: 'FILE',
    description: 'a certificate in PEM form, followed by its chain; without it, those of the configuration',
  },
  options: {
    config: configOption,
    key: {
      kind: 'text',
      description: 'The key of FILE',
      byDefault: 'the file of that name with .key, if there is one',
    },
    ca: {
      kind: 'text',
      description: 'The authorities that clients trust',
      byDefault: 'ca.pem beside it, else the usual ones',
    },
    names: { kind: 'text', description: 'Names and addresses that it must be for, separated by commas' },
    json: jsonOption,
  },
  examples: [
    ['certs check', 'Those of config/entra-ldapd.yaml'],
    ['certs check certs/ldap.pem --names ldap.example.com', 'One, and whether clients can use that name'],
  ],
  run: async (shell, { config: given, key, ca, names, json }, _operand, file) => {
    if (file === undefined && key !== undefined) throw usageFailure('--key goes with a FILE only.');
    const expected = names === undefined ? [] : readNames(names);
    const nowMs = systemClock.now();
    const findings =
      file === undefined
        ? ofConfig(shell, given, ca, expected, nowMs)
        : examineCertificate(
            { certFile: file, keyFile: key ?? besides(file), caFile: ca ?? authorityBeside(file), names: expected },
            nowMs,
          );
    const ok = findings.every(({ verdict }) => verdict !== 'bad');
    if (json) shell.stdout.write(`${JSON.stringify({ ok, findings })}\n`);
    else {
      const colour = usesColour(shell.stdout, shell.env);
      for (const finding of findings) shell.stdout.write(`${findingText(finding, colour)}\n`);
      shell.stdout.write(`\n${summary(findings)}\n`);
    }
    return ok ? exitCodes.ok : exitCodes.refused;
  },
});

function ofConfig(
  shell: Shell,
  given: string | undefined,
  ca: string | undefined,
  names: readonly string[],
  nowMs: number,
): readonly Finding[] {
  const { file, config } = loadConfig(shell, given);
  const { ldap, http } = config;
  const pairs = [
    ...(ldap.tls === undefined ? [] : [ldap.tls, ...ldap.tls.further]),
    ...(http.tls === undefined ? [] : [http.tls]),
  ];
  if (pairs.length === 0) {
    const fix = 'Set ldap.tls, for instance with what entra-ldapd certs create makes.';
    const finding = `${file} names no certificate: the server speaks no TLS`;
    return [{ id: 'certificate.file', subject: 'ldap.tls', verdict: 'doubtful', finding, fix }];
  }
  return [
    ...pairs.flatMap(({ certFile, keyFile }, at) =>
      examineCertificate(
        { certFile, keyFile, caFile: ca ?? authorityBeside(certFile), names: at === 0 ? names : [] },
        nowMs,
      ),
    ),
    ...(ldap.tls?.clientCaFile === undefined ? [] : examineAuthorities(ldap.tls.clientCaFile, nowMs)),
  ];
}

function besides(file: string): string | undefined {
  const key = file.replace(/\.[^./]+$/, '.key');
  return key !== file && existsSync(key) ? key : undefined;
}

function authorityBeside(file: string): string | undefined {
  const path = join(dirname(file), 'ca.pem');
  return existsSync(path) ? path : undefined;
}

function madeText(made: MadeCertificate): string {
  const { certFile, keyFile, caFile, caKeyFile, names, validToMs, caValidToMs, isAuthorityNew, isCutShort } = made;
  const authority = isAuthorityNew ? 'a new authority' : 'the authority that was there';
  return (
    `${certFile} is for ${names.join(', ')}, valid until ${moment(validToMs)}, signed by ${authority}.\n` +
    (isCutShort ? `It ends with its authority, sooner than was asked for.\n` : '') +
    `${keyFile} is its key; the user that the daemon runs as must be able to read it, and nobody else.\n` +
    `${caFile} is what clients have to trust, until ${moment(caValidToMs)}.\n` +
    `${caKeyFile} is needed to renew it, and can sign for any name that clients then believe: keep it away from others.\n` +
    (isAuthorityNew
      ? `\nIn the configuration:\n\nldap:\n  tls:\n    certFile: ${certFile}\n    keyFile: ${keyFile}\n`
      : '')
  );
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const [bad, doubtful] = [count('bad'), count('doubtful')];
  if (bad + doubtful === 0) return 'Everything is as it must be.';
  return `${counted(bad, 'problem')}, ${counted(doubtful, 'warning')}.`;
}

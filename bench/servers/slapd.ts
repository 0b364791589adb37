/** Debian's slapd with back-mdb, loaded with the same entries, with the indexes that an administrator would give it. */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { freePort } from '../../test/support/free-port.ts';
import { RunningProgram } from '../../test/support/program.ts';
import { benchAccount, type BenchServer } from './bench-server.ts';
import { untilListening } from './until-listening.ts';
import { baseDn, type BenchFolder } from './tenant.ts';

/** Enough address space for a million users; the file grows only with what is in it. */
const mapBytes = 32 * 1024 ** 3;

/** Loads and starts it. Throws with a sentence when it is not installed or does not start. */
export async function startSlapd(
  folder: BenchFolder,
  exported: { ldif: string; schema: string },
): Promise<BenchServer> {
  const own = join(folder.path, 'slapd');
  mkdirSync(join(own, 'db'), { recursive: true });
  const bindDn = `cn=${benchAccount.name},ou=services,${baseDn}`;
  const configFile = join(own, 'slapd.conf');
  writeFileSync(configFile, configuration(folder, own, exported.schema, bindDn));
  const { status, stderr } = spawnSync('slapadd', ['-q', '-f', configFile, '-l', exported.ldif], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`slapadd failed (is the Debian package slapd installed?):\n${stderr}`);
  const [port, tlsPort] = [await freePort(), await freePort()];
  // -d 0 keeps it in the foreground and quiet.
  const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`;
  const program = new RunningProgram('slapd', ['-d', '0', '-f', configFile, '-h', urls]);
  await untilListening(port, program);
  return {
    name: 'slapd',
    host: '127.0.0.1',
    port,
    tlsPort,
    pid: program.pid,
    bindDn,
    password: benchAccount.password,
    [Symbol.asyncDispose]: async () => {
      await program.stop();
    },
  };
}

function configuration(folder: BenchFolder, own: string, schema: string, bindDn: string): string {
  return [
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload memberof',
    'moduleload ppolicy',
    'moduleload sssvlv',
    `include ${schema}`,
    `pidfile ${own}/slapd.pid`,
    `TLSCertificateFile ${folder.certFile}`,
    `TLSCertificateKeyFile ${folder.keyFile}`,
    'sizelimit unlimited',
    'timelimit unlimited',
    'loglevel none',
    'database mdb',
    `suffix ${baseDn}`,
    `directory ${own}/db`,
    `maxsize ${mapBytes}`,
    'dbnosync',
    'index objectClass,uid,uidNumber,gidNumber,entryUUID,member,memberOf,memberUid eq',
    'index cn,mail,displayName eq,sub',
    // Whom no access rule is asked for: one thing less for slapd to do.
    `rootdn "${bindDn}"`,
    `rootpw ${saltedHash(benchAccount.password)}`,
    '',
  ].join('\n');
}

/** Salted SHA-1, slapd's own default. */
function saltedHash(password: string): string {
  const salt = randomBytes(8);
  const digest = createHash('sha1').update(password).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`;
}

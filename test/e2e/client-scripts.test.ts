import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashPassword } from '../../src/auth/hash-password.ts';
import { type ClientDirectory, clientAccount, clientBase, startClientDirectory } from '../support/client-directory.ts';
import { bulkUsers, clientPeople, clientTeams } from '../support/client-population.ts';
import { type Ended, runCommand } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/**
 * A collection of scripts for LDAP clients that may stand beside the project. They know no server; what they expect of the
 * directory is what {@link clientPeople} and {@link clientTeams} hold.
 */
const scripts = besideProject(dirname(fileURLToPath(import.meta.url)));

/** Everything that the scripts can be told to expect, but writes and what a directory of users and groups does not hold. */
const expectations = {
  HAS_SORT: '1',
  HAS_VLV: '1',
  HAS_MEMBEROF: '1',
  HAS_SSHKEYS: '1',
  HAS_AD: '1',
  HAS_INCHAIN: '1',
  HAS_SASL_PLAIN: '1',
  HAS_SASL_EXTERNAL: '1',
  HAS_SYNC: '1',
  HAS_WRITES: '0',
  HAS_SUDO: '0',
  HAS_AUTOFS: '0',
  STRICT_SCHEMA: '1',
  BULK: String(bulkUsers),
};

const minutes = 60_000;

function besideProject(from: string): string {
  return existsSync(join(from, 'package.json')) ? join(from, '../shared/clients') : besideProject(dirname(from));
}

/** Whether the clients that the scripts run have been installed with the scripts' own installers. */
function clientsInstalled(): boolean {
  const modules = 'import bonsai, django_auth_ldap, ldap, ldap3';
  return (
    existsSync(join(scripts, 'node/node_modules/ldapts')) &&
    existsSync('/usr/bin/sshpass') &&
    spawnSync('/usr/bin/python3', ['-c', modules]).status === 0
  );
}

// Where there are no such scripts, or not what they run, there is no test that could be skipped.
if (existsSync(scripts) && clientsInstalled()) {
  describe('client scripts', function () {
    this.timeout(10 * minutes);
    let folder: ReturnType<typeof temporaryFolder>;
    let directory: ClientDirectory;

    before(async () => {
      folder = temporaryFolder();
      const key = await prepare(folder.path);
      const tls = (name: string): string => join(folder.path, 'tls', name);
      directory = await startClientDirectory({
        people: clientPeople.map((person) => (person.uid === 'alice' ? { ...person, sshPublicKeys: [key] } : person)),
        groups: clientTeams,
        certificate: { certFile: tls('server.pem'), keyFile: tls('server.key'), caFile: tls('ca.pem') },
        changes: {
          directory: { baseDn: clientBase, activeDirectory: true, memberOf: 'operational' },
          serviceAccounts: [
            { name: clientAccount.name, passwordHash: await hashPassword(clientAccount.password) },
            { name: 'alice', certificateSubject: `UID=alice,OU=users,${clientBase}` },
          ],
        },
      });
    });

    after(async () => {
      await directory[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    const environment = (): Readonly<Record<string, string>> => ({
      ...expectations,
      CLIENTS_DIR: scripts,
      RUN_DIR: folder.path,
      LDAP_PORT: String(directory.ldapPort),
      LDAPS_PORT: String(directory.ldapsPort),
      PYTHONDONTWRITEBYTECODE: '1',
    });

    for (const name of ['01-ldap-utils', '02-python', '05-node', '10-sssd', '11-nslcd', '50-wire']) {
      const script = join(scripts, 't', `${name}.sh`);
      if (!existsSync(script)) continue;
      it(`${name}: every step gets what it expects (PAIN-13, PAIN-14, PAIN-15)`, async () => {
        const { code, stdout, stderr } = await runCommand(script, [], { env: environment(), timeoutMs: 9 * minutes });
        const steps = stdout.split('\n');
        const failed = steps.flatMap((step, at) => (step.startsWith('not ok') ? steps.slice(at, at + 4) : []));
        assert.deepEqual(failed, [], stderr);
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^\S+: [1-9]\d* passed, 0 failed, 0 skipped$/m);
      });
    }
  });
}

/** Makes the certificates and the key that the scripts look for, and returns the public key. */
async function prepare(folder: string): Promise<string> {
  mkdirSync(join(folder, 'ssh'));
  const key = join(folder, 'ssh/id_ed25519');
  succeeded(await runCommand(join(scripts, 'fixture/gen-tls.sh'), [], { env: { RUN_DIR: folder } }));
  succeeded(await runCommand('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'alice', '-f', key]));
  // Daemons that give up root read the certificates.
  succeeded(await runCommand('chmod', ['711', folder]));
  return readFileSync(`${key}.pub`, 'utf8').trim();
}

function succeeded({ code, stderr }: Ended): void {
  assert.equal(code, 0, stderr);
}

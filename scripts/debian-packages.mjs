// Debian packages with servers and clients that speak LDAP, which the tests and the benchmark start themselves. Installing
// them starts no service and leaves name resolution and sign-in of this machine as they were.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All that the tests need. */
export const testPackages = [
  'apache2',
  'chromium',
  'dovecot-ldap',
  'freeradius',
  'freeradius-ldap',
  'freeradius-utils',
  'ldap-utils',
  'libnss-ldapd',
  'libnss-sss',
  'libpam-ldapd',
  'libpam-sss',
  'libsss-sudo',
  'nslcd',
  'openssh-client',
  'openssh-server',
  'openvpn-auth-ldap',
  'pamtester',
  'postfix-ldap',
  'python3-ldap',
  'python3-ldap3',
  'samba',
  'slapd',
  'smbclient',
  'sssd-ldap',
  'sssd-tools',
  'sudo',
  'systemd',
];

/** What `dpkg` asks before it starts a service: 101 says that none may be started (invoke-rc.d(8)). */
const servicePolicy = '/usr/sbin/policy-rc.d';
const nameService = '/etc/nsswitch.conf';
const signIn = '/etc/pam.d';

/** Installs what is missing. Where that is not possible, says what to do: what needs it is skipped or fails. */
export function installDebianPackages(wanted) {
  const missing = wanted.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const names = missing.join(' ');
  if (process.getuid?.() !== 0 || !canRun('apt-get')) {
    console.error(
      `Debian packages are missing, and what needs them cannot run. Install them with: apt-get install ${names}`,
    );
    return;
  }
  console.error(`Installing Debian packages: ${names} …`);
  if (!keepingServicesAndSettings(() => install(missing))) {
    console.error('They could not all be installed (apt-get says why above); what needs them cannot run.');
  }
}

function isInstalled(name) {
  const { status, stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name]);
  return status === 0 && String(stdout) === 'installed';
}

function canRun(command) {
  return (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, command)));
}

/** The lists of packages may be missing (fresh container) or name versions that have gone; then they are read anew. */
function install(names) {
  const args = ['install', '--yes', '--no-install-recommends', ...names];
  if (aptGet('ignore', args)) return true;
  aptGet('inherit', ['update']);
  return aptGet('inherit', args);
}

function aptGet(errors, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = ['--quiet', '--option', 'DPkg::Lock::Timeout=600'];
  return spawnSync('apt-get', [...options, ...args], { stdio: ['ignore', 'ignore', errors], env }).status === 0;
}

function keepingServicesAndSettings(work) {
  const kept = mkdtempSync(join(tmpdir(), 'debian-settings-'));
  const ownPolicy = !existsSync(servicePolicy);
  const hadNameService = existsSync(nameService);
  if (hadNameService) cpSync(nameService, join(kept, 'nsswitch.conf'));
  if (existsSync(signIn)) cpSync(signIn, join(kept, 'pam.d'), { recursive: true });
  if (ownPolicy) {
    writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n');
    chmodSync(servicePolicy, 0o755);
  }
  try {
    return work();
  } finally {
    if (ownPolicy) rmSync(servicePolicy, { force: true });
    if (hadNameService) cpSync(join(kept, 'nsswitch.conf'), nameService);
    // What the packages brought with them stays; what was there is as it was.
    for (const name of existsSync(join(kept, 'pam.d')) ? readdirSync(join(kept, 'pam.d')) : []) {
      cpSync(join(kept, 'pam.d', name), join(signIn, name));
    }
    rmSync(kept, { recursive: true, force: true });
  }
}

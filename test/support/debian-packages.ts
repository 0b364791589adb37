import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of Debian packages that tests run; a package without programs counts by what dpkg knows. */
const packages = {
  apache2: ['apache2'],
  chromium: ['chromium'],
  'dovecot-ldap': ['dovecot', 'doveadm'],
  freeradius: ['freeradius'],
  'freeradius-ldap': [],
  'freeradius-utils': ['radclient'],
  'ldap-utils': ['ldapsearch', 'ldapwhoami'],
  'libnss-ldapd': [],
  'libnss-sss': [],
  'libpam-ldapd': [],
  'libpam-sss': [],
  'libsss-sudo': [],
  nslcd: ['nslcd'],
  'openssh-client': ['ssh', 'ssh-keygen'],
  'openssh-server': ['sshd'],
  'openvpn-auth-ldap': [],
  pamtester: ['pamtester'],
  'postfix-ldap': ['postmap'],
  'python3-ldap': [],
  'python3-ldap3': [],
  samba: ['smbd', 'pdbedit', 'smbpasswd'],
  slapd: ['slapd', 'slapadd'],
  smbclient: ['smbclient'],
  'sssd-ldap': ['sssd'],
  'sssd-tools': ['sss_cache'],
  sudo: ['sudo'],
  systemd: ['systemd-notify', 'systemd-analyze'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A Debian package that tests may need. */
export type DebianPackage = keyof typeof packages;

/**
 * A `describe` for tests that run programs of Debian packages. Where one is missing the tests are skipped, and the title
 * names what to install.
 */
export function describeWithPackages(
  names: readonly DebianPackage[],
  title: string,
  tests: (this: Mocha.Suite) => void,
): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) describe(title, tests);
  else describe.skip(`${title} (skipped: needs the Debian packages ${missing.join(', ')})`, tests);
}

/** {@link describeWithPackages} for one package. */
export function describeWithPackage(name: DebianPackage, title: string, tests: (this: Mocha.Suite) => void): void {
  describeWithPackages([name], title, tests);
}

function isInstalled(name: DebianPackage): boolean {
  const programs = packages[name];
  return programs.length === 0 ? isKnownToDpkg(name) : programs.every(isInPath);
}

function isInPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

/** The list of a package's files is named after it, and after its architecture where there may be several. */
function isKnownToDpkg(name: string): boolean {
  const lists = '/var/lib/dpkg/info';
  return existsSync(lists) && readdirSync(lists).some((file) => file === `${name}.list` || file.startsWith(`${name}:`));
}

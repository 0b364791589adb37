import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Programs of Debian packages that tests run. */
const packages = {
  'ldap-utils': ['ldapsearch', 'ldapwhoami'],
  nslcd: ['nslcd'],
  'openssh-server': ['sshd'],
  pamtester: ['pamtester'],
  slapd: ['slapd', 'slapadd'],
  'sssd-ldap': ['sssd'],
  'sssd-tools': ['sss_cache'],
} as const;

/**
 * A `describe` for tests that run programs of a Debian package. Where they are missing the tests are skipped, and the title
 * names the package.
 */
export function describeWithPackage(name: keyof typeof packages, title: string, tests: () => void): void {
  if (packages[name].every(isInstalled)) describe(title, tests);
  else describe.skip(`${title} (skipped: needs the Debian package ${name})`, tests);
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)));
}

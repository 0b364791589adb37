/** Which releases of Node.js can serve LDAP by several threads. */

const oldest = { major: 22, minor: 12 } as const;

/** The oldest release that can: the first with which several threads can listen at one address (`reusePort` of `net`). */
export const workersNodeVersion = `${oldest.major}.${oldest.minor}`;

/** Whether a release of Node.js, as in `process.versions.node`, can. */
export function supportsWorkers(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  // Of the 23rd, all but the first have it; it is no release for long use.
  const since = major === 23 ? 1 : oldest.minor;
  return major > 23 || (major >= oldest.major && minor >= since);
}

import { ldapUrl } from '../../wording/quantities.ts';
import { demoNames } from './demo-names.ts';
import { shellLine } from './shell-words.ts';

/** An address that the daemon listens at. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/**
 * Three lines for a POSIX shell: the service account looks for Alice, Alice asks who she is, and the service account reads
 * the members of a group over LDAPS.
 */
export function demoCommands(addresses: readonly Address[], caFile: string): readonly string[] {
  const { baseDn, bindDn, servicePassword, uid, user, userPassword, group } = demoNames;
  const plain = urlOf(addresses, false);
  const secure = urlOf(addresses, true);
  const asService = ['-D', bindDn, '-w', servicePassword];
  return [
    shellLine(['ldapsearch', '-x', '-LLL', '-H', plain, ...asService, '-b', baseDn, `(uid=${uid})`]),
    shellLine(['ldapwhoami', '-x', '-H', plain, '-D', user, '-w', userPassword]),
    shellLine(
      ['ldapsearch', '-x', '-LLL', '-H', secure, ...asService, '-b', `ou=groups,${baseDn}`, `(cn=${group})`, 'member'],
      { LDAPTLS_CACERT: caFile },
    ),
  ];
}

function urlOf(addresses: readonly Address[], tls: boolean): string {
  const address = addresses.find((candidate) => candidate.tls === tls);
  if (address === undefined) throw new Error(`the demo does not listen ${tls ? 'with' : 'without'} TLS`);
  return ldapUrl(address);
}

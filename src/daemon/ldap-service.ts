import type { LdapListener } from '../ldap/server.ts';
import type { LdapStatistics } from '../ldap/statistics.ts';
import type { LdapTls } from '../ldap/tls.ts';
import type { ServingThreads } from '../identity/serving-threads.ts';
import type { RevocationOrder } from './revocations.ts';
import type { ServedSettings } from './served-settings.ts';

/** LDAP as it is served, by this thread or by several. Disposing of it is `stop(0)`. */
export interface LdapService extends AsyncDisposable {
  /** See `LdapServer.addresses`. */
  readonly addresses: readonly LdapListener[];
  /** What serves now. */
  readonly threads: ServingThreads;
  /** Of all threads together, since the start. */
  statistics(): LdapStatistics;
  /** See `LdapServer.renewCertificate`. */
  renewCertificate(tls: LdapTls): void;
  /** Takes over other limits, and what else only threads of their own have to be told of. */
  use(settings: ServedSettings): void;
  /** Disconnects whom the order names, and logs whom. */
  revoke(order: RevocationOrder): void;
  /** See `LdapServer.stop`. */
  stop(graceMs: number): Promise<void>;
}

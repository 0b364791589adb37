import type { Authenticator } from '../auth/bind.ts';
import { type SourceNetwork, SourceNetworks } from '../auth/source-networks.ts';
import type { Directory } from '../directory/directory-port.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { type AccountLimits, type AccountMemoryOf, Accounts } from './account-limits.ts';
import type { Admission } from './admission.ts';
import { BerReader } from './ber-reader.ts';
import { InputBudget } from './framer.ts';
import type { LdapLimits } from './limits.ts';
import { PagedCookies } from './paged-cookies.ts';
import { PagedWalks } from './paged-walks.ts';
import { PersistentSearches } from './persistent-searches.ts';
import { ResponseWriter } from './responses.ts';
import { type SaslOffer, saslOffers } from './sasl.ts';
import type { Services } from './session.ts';
import { Statistics } from './statistics.ts';
import type { ThreadCount } from './thread-count.ts';
import type { ServerTls } from './tls.ts';

/** What the connections of one server are given from outside. */
export interface ServicesOptions {
  readonly directory: Directory;
  /** The directory with a root DSE that lists these SASL mechanisms; without this option it is `directory` for all. */
  readonly directoryOffering?: (saslMechanisms: readonly string[]) => Directory;
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: LdapLimits;
  /** Answer confidentialityRequired to passwords that come in the clear; false when left out. */
  readonly requireTlsForBind?: boolean;
  /** Where passwords in the clear are taken from nevertheless; from nowhere when left out. */
  readonly clearPasswordsFrom?: readonly SourceNetwork[];
  /** Limits of service accounts, by name. */
  readonly accountLimits?: ReadonlyMap<string, AccountLimits>;
  /** Left out: nobody else serves at the same addresses. */
  readonly sharing?: ServerSharing;
}

/** What a server has in common with those of other threads that serve at the same addresses. */
export interface ServerSharing {
  readonly admission: Admission;
  /** Counts persistent searches. */
  readonly persistentSearches: ThreadCount;
  /** 32 random octets, the same for all, so that each takes the cookies of the others. */
  readonly cookieKey: Uint8Array;
  /** A number below 2^48 that no thread has given before; for connections and for paged searches. */
  readonly nextNumber: () => number;
  readonly accountMemoryOf: AccountMemoryOf;
}

/** Makes what all connections of one server work with, by what protects them. `tls` is asked anew for each handshake. */
export function createServices(
  options: ServicesOptions,
  tls: () => ServerTls | undefined,
): Readonly<Record<SaslOffer, Services>> {
  const { sharing, limits } = options;
  const statistics = new Statistics();
  const shared = {
    authenticator: options.authenticator,
    log: options.log,
    clock: options.clock,
    limits,
    requireTlsForBind: options.requireTlsForBind ?? false,
    clearPasswordsFrom: new SourceNetworks(options.clearPasswordsFrom ?? []),
    accounts: new Accounts(options.accountLimits ?? new Map(), sharing?.accountMemoryOf),
    tls,
    cookies: new PagedCookies(sharing?.cookieKey),
    walks: new PagedWalks(limits, sharing?.nextNumber),
    persistentSearches: new PersistentSearches(limits, sharing?.persistentSearches),
    inputBudget: new InputBudget(limits.inputBytesTotalMax),
    statistics,
    reader: new BerReader(),
    responses: new ResponseWriter(statistics),
  };
  const offering = (offer: SaslOffer): Services => {
    const saslMechanisms = saslOffers[offer];
    return { ...shared, saslMechanisms, directory: options.directoryOffering?.(saslMechanisms) ?? options.directory };
  };
  return { clear: offering('clear'), secure: offering('secure'), certified: offering('certified') };
}

import type { Authenticator } from '../auth/bind.ts';
import { type SourceNetwork, SourceNetworks } from '../auth/source-networks.ts';
import type { Directory } from '../directory/directory-port.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import { type AccountLimits, Accounts } from './account-limits.ts';
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
}

/** Makes what all connections of one server work with, by what protects them. `tls` is asked anew for each handshake. */
export function createServices(
  options: ServicesOptions,
  tls: () => ServerTls | undefined,
): Readonly<Record<SaslOffer, Services>> {
  const shared = {
    authenticator: options.authenticator,
    log: options.log,
    clock: options.clock,
    limits: options.limits,
    requireTlsForBind: options.requireTlsForBind ?? false,
    clearPasswordsFrom: new SourceNetworks(options.clearPasswordsFrom ?? []),
    accounts: new Accounts(options.accountLimits ?? new Map()),
    tls,
    cookies: new PagedCookies(),
    walks: new PagedWalks(options.limits),
    persistentSearches: new PersistentSearches(options.limits),
    inputBudget: new InputBudget(options.limits.inputBytesTotalMax),
    statistics: new Statistics(),
    reader: new BerReader(),
    responses: new ResponseWriter(),
  };
  const offering = (offer: SaslOffer): Services => {
    const saslMechanisms = saslOffers[offer];
    return { ...shared, saslMechanisms, directory: options.directoryOffering?.(saslMechanisms) ?? options.directory };
  };
  return { clear: offering('clear'), secure: offering('secure'), certified: offering('certified') };
}

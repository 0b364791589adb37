import type { PagedWalkLimits } from './paged-walks.ts';

/** Everything a client could take too much of. Each is checked before the thing it bounds is parsed, kept or done. */
export interface LdapLimits extends PagedWalkLimits {
  /** Open connections in total. One more is told `busy` and closed. */
  readonly connectionsMax: number;
  /** Open connections from one IP address. */
  readonly connectionsPerAddressMax: number;
  /** Bytes of one LDAPMessage once the connection is bound. A filter of some hundred terms needs tens of kilobytes. */
  readonly messageBytesMax: number;
  /** Bytes of one LDAPMessage while the connection is anonymous: room for any bind and for reading the root DSE. */
  readonly anonymousMessageBytesMax: number;
  /** Bytes of incomplete messages over all connections. Past it, who has left one half sent longest is told `busy` and closed. */
  readonly inputBytesTotalMax: number;
  /** Unsent bytes of one connection above which its searches stop reading and its requests wait. */
  readonly outputBytesMax: number;
  /** Unsent bytes over all connections; past it the connections that have stood still longest are dropped. */
  readonly outputBytesTotalMax: number;
  /** Operations of one connection under way at once. Further requests wait in the client's socket. */
  readonly operationsPerConnectionMax: number;
  /** Filters inside filters; a single item has depth 1. */
  readonly filterDepthMax: number;
  /** Filter items and the and, or and not around them. */
  readonly filterItemsMax: number;
  /** Attribute selectors of one search. */
  readonly attributesMax: number;
  /** Controls of one message. */
  readonly controlsMax: number;
  /** Items of a matched values control (RFC 3876). */
  readonly matchedValuesItemsMax: number;
  /** Entries of one search, or of one page of a paged search; a client's smaller wish prevails. */
  readonly sizeLimit: number;
  /** Duration of one search in milliseconds; a client's smaller wish prevails. */
  readonly timeLimitMs: number;
  /** Searches that go on to report changes (RFC 4533) over all connections. One more is answered with `busy`. */
  readonly persistentSearchesMax: number;
  /** The same of one connection; one more is answered with adminLimitExceeded. */
  readonly persistentSearchesPerConnectionMax: number;
  /** Duration of one refresh of a synchronized content in milliseconds. */
  readonly syncRefreshMs: number;
  /** A bound connection without request or operation is closed after this time. */
  readonly idleMs: number;
  /** The same for an anonymous connection. */
  readonly anonymousIdleMs: number;
  /** From the first to the last byte of a TLS handshake. */
  readonly handshakeMs: number;
  /** From the first to the last byte of one message. */
  readonly partialMessageMs: number;
  /** A connection that takes none of its answers for this time is dropped. */
  readonly outputStallMs: number;
  /** How long a connection that we have closed may take to close its side. */
  readonly closeMs: number;
}

/** Suits a machine of the smallest size and the clients we know; every value can be set. */
export const defaultLdapLimits: LdapLimits = {
  connectionsMax: 8192,
  connectionsPerAddressMax: 4096,
  messageBytesMax: 1024 * 1024,
  anonymousMessageBytesMax: 64 * 1024,
  inputBytesTotalMax: 16 * 1024 * 1024,
  outputBytesMax: 64 * 1024,
  outputBytesTotalMax: 64 * 1024 * 1024,
  operationsPerConnectionMax: 64,
  filterDepthMax: 100,
  filterItemsMax: 4096,
  attributesMax: 2048,
  controlsMax: 32,
  matchedValuesItemsMax: 32,
  sizeLimit: 100_000,
  timeLimitMs: 120_000,
  pagedPublicationsMax: 8,
  pagedWalksMax: 1024,
  pagedIdleMs: 300_000,
  pagedAgeMs: 3_600_000,
  persistentSearchesMax: 256,
  persistentSearchesPerConnectionMax: 8,
  syncRefreshMs: 3_600_000,
  idleMs: 900_000,
  anonymousIdleMs: 120_000,
  handshakeMs: 15_000,
  partialMessageMs: 30_000,
  outputStallMs: 60_000,
  closeMs: 2_000,
};

import type { X509Certificate } from 'node:crypto';

import type { Authenticator } from '../auth/bind.ts';
import type { SourceNetworks } from '../auth/source-networks.ts';
import type { Directory } from '../directory/directory-port.ts';
import type { BoundIdentity } from '../directory/identity.ts';
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import type { Account, Accounts } from './account-limits.ts';
import type { BerReader } from './ber-reader.ts';
import type { RequestControls } from './controls.ts';
import type { InputBudget } from './framer.ts';
import type { LdapLimits } from './limits.ts';
import type { Envelope } from './message.ts';
import type { PersistentSearches } from './persistent-searches.ts';
import type { PagedCookies } from './paged-cookies.ts';
import type { PagedWalks } from './paged-walks.ts';
import type { ResponseWriter } from './responses.ts';
import type { Statistics } from './statistics.ts';
import type { ServerTls } from './tls.ts';

/** What connections work with. They share it but for what their protection decides: the SASL mechanisms on offer. */
export interface Services {
  /** The directory, whose root DSE lists `saslMechanisms`. */
  readonly directory: Directory;
  /** The SASL mechanisms that this connection offers now. */
  readonly saslMechanisms: readonly string[];
  readonly authenticator: Authenticator;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: LdapLimits;
  /** Refuse passwords that come in the clear (RFC 4513 §6.3.1). */
  readonly requireTlsForBind: boolean;
  /** Networks from which they are taken nevertheless. */
  readonly clearPasswordsFrom: SourceNetworks;
  readonly accounts: Accounts;
  /** The certificate in use now; undefined when there is none and StartTLS is not to be had. */
  readonly tls: () => ServerTls | undefined;
  readonly cookies: PagedCookies;
  readonly persistentSearches: PersistentSearches;
  /** What paged searches under way read from. */
  readonly walks: PagedWalks;
  readonly inputBudget: InputBudget;
  readonly statistics: Statistics;
  /** Used within one turn of the event loop, never across two. */
  readonly reader: BerReader;
  /** Emptied at the end of each turn. */
  readonly responses: ResponseWriter;
}

/** A search that did not finish in the turn in which it was asked. */
export interface RunningOperation {
  readonly messageId: number;
  /** Stops without an answer (RFC 4511 §4.11). */
  abandon(): void;
  /** Stops, and answers with canceled (RFC 3909 §2). */
  cancel(): void;
  /** The output has room again. */
  outputDrained(): void;
  /** True for one that has no end of its own: who binds anew gives it up (RFC 4511 §4.2.1). */
  readonly persistent?: boolean;
  /** Answers with unavailable, when it has no end of its own: the server goes down. */
  serverStops?(): void;
  /** Ends with timeLimitExceeded when its time is up but it could not notice that itself. */
  checkTime(nowMs: number): void;
}

/** A connection as its operations see it. */
export interface Session {
  readonly services: Services;
  /** Number of the connection since the server started; with the message id it names an operation in the log. */
  readonly id: number;
  readonly remoteAddress: string;
  readonly secure: boolean;
  /** What the client proved in the TLS handshake to own; undefined without TLS and for what cannot be verified. */
  readonly clientCertificate: X509Certificate | undefined;
  /** False while the client does not read what it was sent. */
  readonly outputReady: boolean;
  readonly identity: BoundIdentity;
  /** The account of the identity. */
  readonly account: Account;
  /** Counts an operation as under way. */
  begin(operation: RunningOperation): void;
  /** Ends what `begin` began. */
  finish(operation: RunningOperation): void;
  /** Runs `work` in a later turn, in which it may write responses; not at all when the connection has gone. */
  later(work: () => void): void;
  /** Runs `work` at once as a turn of its own: for continuations of promises. */
  turn(work: () => void): void;
  /** The connection is anonymous from now on. */
  forgetIdentity(): void;
  /** Stops reading requests until `endBind`; the signal aborts when the connection goes. */
  beginBind(): AbortSignal;
  /** Takes the identity over. False: its account has too many connections, and this one stays anonymous. */
  endBind(identity: BoundIdentity): boolean;
  /** True while another operation is under way. */
  readonly busy: boolean;
  /** Answers with success and then expects a TLS handshake. False: the client has already sent more in the clear. */
  startTls(messageId: number): boolean;
  /** Abandons the operation with this message id, if it is under way. */
  abandon(messageId: number): void;
  /** Cancels the operation with this message id; false when it is not under way. */
  cancel(messageId: number): boolean;
}

/** One request on its way to its operation. */
export interface Request {
  readonly envelope: Envelope;
  readonly controls: RequestControls;
  /** The whole message. */
  readonly message: Buffer;
  /** Stands at the operation. */
  readonly reader: BerReader;
}

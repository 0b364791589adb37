/**
 * One client: bytes in, requests one after the other, responses out in one write per turn of the event loop. Decides when
 * to read and when to wait, and when the connection has to end; it knows nothing of what the operations do.
 *
 *     handshake ──▶ open ──▶ closing ──▶ closed
 *         ▲           │ StartTLS
 *         └───────────┘
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';

import { anonymous, type BoundIdentity } from '../directory/identity.ts';
import { type LdapResult, ldapResult, ResultCode } from '../directory/result.ts';
import type { Account } from './account-limits.ts';
import { AccountUse } from './account-use.ts';
import { BerError } from './ber-reader.ts';
import { type ConnectionState, Deadlines } from './deadlines.ts';
import { dispatch } from './dispatch.ts';
import { Framer, FramingLimitError } from './framer.ts';
import { decodeEnvelope, type Envelope } from './message.ts';
import type { Output } from './output.ts';
import { extensionOid, requestTag, responseTag } from './protocol.ts';
import type { SaslOffer } from './sasl.ts';
import type { RunningOperation, Services, Session } from './session.ts';
import { Transport } from './transport.ts';

/** A turn that has used this much time lets other connections have theirs. */
const turnMs = 8;

const nothing = Buffer.alloc(0);
const success = ldapResult(ResultCode.success);
const shuttingDown = ldapResult(ResultCode.unavailable, 'the server is shutting down');
// Anonymous it would go on searching, find nothing that it may not read, and take everybody for gone (P1). RFC 4511 §4.4.1:
// "the server now requires the client to authenticate".
const revoked = ldapResult(ResultCode.strongerAuthRequired, 'the account has changed; connect and bind again');
const tooFast = ldapResult(ResultCode.busy, 'the account asks too much at a time');
const tooSlow = ldapResult(ResultCode.protocolError, 'the message did not arrive in time');

/** What counts against the pace of an account: binds have an account only when they have succeeded. */
const paced: ReadonlySet<number> = new Set([
  requestTag.search,
  requestTag.compare,
  requestTag.extended,
  requestTag.add,
  requestTag.delete,
  requestTag.modify,
  requestTag.modifyDn,
]);

/** What a connection needs to know when it begins. */
export interface ConnectionOptions {
  readonly id: number;
  readonly socket: Socket;
  readonly remoteAddress: string;
  /** True on an LDAPS port. */
  readonly tls: boolean;
  /** What to work with, by what protects the connection. */
  readonly services: Readonly<Record<SaslOffer, Services>>;
  /** Called once, when everything is over. */
  readonly onClosed: (connection: Connection) => void;
}

/** One connection, from accept to close. */
export class Connection implements Session {
  readonly id: number;
  readonly remoteAddress: string;
  services: Services;

  readonly #offers: Readonly<Record<SaslOffer, Services>>;
  readonly #onClosed: (connection: Connection) => void;
  readonly #transport: Transport;
  readonly #output: Output;
  readonly #framer: Framer;
  readonly #deadlines: Deadlines;
  readonly #use: AccountUse;
  readonly #running = new Map<number, RunningOperation>();
  #state: ConnectionState = 'open';
  /** No further requests are taken: the server is going down. */
  #draining = false;
  /** A bind under way; aborted when the connection goes. */
  #binding: AbortController | undefined;
  /** A bind that waits until everything before it has been answered (RFC 4511 §4.2.1). */
  #waitingBind: Buffer | undefined;
  /** From the StartTLS response until the handshake begins. */
  #startingTls = false;
  /** Requests wait for the next turn, because this one took long enough. */
  #yielding = false;

  constructor(options: ConnectionOptions) {
    const { socket } = options;
    const services = options.services.clear;
    this.#offers = options.services;
    this.id = options.id;
    this.remoteAddress = options.remoteAddress;
    this.services = services;
    this.#use = new AccountUse(services.accounts, services.clock, () => this.turn(() => {}));
    this.#onClosed = options.onClosed;
    // Others are in their turn when this one has to give way, so that it says so in a later one.
    this.#framer = new Framer(services.inputBudget, () => this.later(() => this.#framer.push(nothing)));
    this.#deadlines = new Deadlines(services.limits, services.clock.monotonicMs());
    this.#transport = new Transport(socket, services.limits.outputBytesMax, {
      onData: this.#onData,
      onDrain: this.#onDrain,
      onSecure: this.#onSecure,
      onEnd: () => this.#end(),
      onError: this.#onError,
      onClose: this.#onClose,
    });
    this.#output = this.#transport.output;
    if (options.tls) this.#handshake();
  }

  get identity(): BoundIdentity {
    return this.#use.identity;
  }

  get account(): Account {
    return this.#use.account;
  }

  get secure(): boolean {
    return this.#transport.secure;
  }

  get clientCertificate(): X509Certificate | undefined {
    return this.#transport.clientCertificate;
  }

  get outputReady(): boolean {
    return this.#output.ready;
  }

  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Bytes that the peer has not taken yet. */
  get pendingBytes(): number {
    return this.#output.pendingBytes;
  }

  /** When the peer last took something of what waits for it, on the monotonic clock. */
  get outputMovedAtMs(): number {
    return this.#deadlines.outputMovedAtMs;
  }

  begin(operation: RunningOperation): void {
    this.#running.set(operation.messageId, operation);
  }

  finish(operation: RunningOperation): void {
    this.#running.delete(operation.messageId);
  }

  abandon(messageId: number): void {
    this.#running.get(messageId)?.abandon();
  }

  cancel(messageId: number): boolean {
    const operation = this.#running.get(messageId);
    operation?.cancel();
    return operation !== undefined;
  }

  forgetIdentity(): void {
    this.#use.become(anonymous);
  }

  beginBind(): AbortSignal {
    this.#binding = new AbortController();
    return this.#binding.signal;
  }

  endBind(identity: BoundIdentity): boolean {
    this.#binding = undefined;
    return this.#use.become(identity);
  }

  later(work: () => void): void {
    setImmediate(() => this.turn(work));
  }

  turn(work: () => void): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    try {
      work();
      this.#process();
      this.#framer.settle();
    } catch (error) {
      this.#failed(error);
    }
    this.#flush();
    this.#readOrWait();
  }

  startTls(messageId: number): boolean {
    // Requests injected in the clear must not be taken for ones that came over TLS (RFC 4511 §4.14.1).
    if (this.#framer.bufferedBytes > 0) return false;
    this.services.responses.result(messageId, responseTag.extended, success, { name: extensionOid.startTls });
    this.#startingTls = true;
    this.#flush();
    this.#output.whenSent(() => {
      if (this.#state === 'open') this.#handshake();
    });
    return true;
  }

  /** Takes no further requests, and tells the client so when those under way have been answered. */
  drain(): void {
    this.#draining = true;
    if (this.#state === 'handshake') this.#transport.destroy();
    else this.turn(() => this.#eachRunning((operation) => operation.serverStops?.()));
  }

  /** Tells the client that the server goes down, and closes without waiting for anything. */
  terminate(): void {
    this.#disconnect(shuttingDown);
    this.#transport.destroy();
  }

  /** Tells the client that it is not any more who it has bound as, and closes when it has been told. */
  revoke(): void {
    this.#disconnect(revoked);
  }

  /** Closes without a word. */
  destroy(): void {
    this.#transport.destroy();
  }

  /** Ends what has lasted too long. To be called about once a second. */
  checkTime(nowMs: number): void {
    const overdue = this.#deadlines.overdue(nowMs, {
      state: this.#state,
      pendingBytes: this.#output.pendingBytes,
      takenBytes: this.#output.takenBytes,
      busy: this.busy || this.#binding !== undefined || this.#use.waits,
      anonymous: this.identity.kind === 'anonymous',
    });
    if (overdue === undefined) {
      if (this.busy) this.turn(() => this.#eachRunning((operation) => operation.checkTime(nowMs)));
      return;
    }
    this.services.log.debug('ldap.connection.overdue', { connection: this.id, peer: this.remoteAddress, overdue });
    if (overdue === 'partialMessage') this.#violation(tooSlow);
    else if (overdue === 'idle') this.#end();
    else this.#transport.destroy();
  }

  /** Begins TLS. The authorization state begins anew with it, as RFC 4513 §3.1.5 allows. */
  #handshake(): void {
    this.#startingTls = false;
    this.forgetIdentity();
    this.#enter('handshake');
    this.#transport.handshake(this.services.tls());
  }

  readonly #onData = (chunk: Buffer): void => {
    // What comes after the end is read, so that our last words are not lost in a reset, and dropped.
    if (this.#state === 'closing') return;
    this.#deadlines.received(this.services.clock.monotonicMs());
    this.turn(() => this.#framer.push(chunk));
  };

  readonly #onSecure = (): void => {
    this.services = this.#offers[this.clientCertificate === undefined ? 'secure' : 'certified'];
    this.#enter('open');
  };

  readonly #onDrain = (): void => {
    this.turn(() => this.#eachRunning((operation) => operation.outputDrained()));
  };

  readonly #onError = (code: string): void => {
    const event = this.#state === 'handshake' ? 'ldap.tls.failed' : 'ldap.connection.failed';
    this.services.log.debug(event, { connection: this.id, peer: this.remoteAddress, code });
  };

  readonly #onClose = (): void => {
    this.#abandonAll();
    this.#framer.clear();
    this.#use[Symbol.dispose]();
    this.#enter('closed');
    this.services.log.debug('ldap.connection.closed', { connection: this.id, peer: this.remoteAddress });
    this.#onClosed(this);
  };

  #eachRunning(work: (operation: RunningOperation) => void): void {
    for (const operation of this.#running.values()) work(operation);
  }

  /** Carries out requests as long as there are any and nothing stands against the next. */
  #process(): void {
    const { responses, clock, limits } = this.services;
    const startedMs = clock.monotonicMs();
    while (this.#mayProcess()) {
      const message = this.#nextMessage();
      if (message === undefined) break;
      this.#deadlines.whole();
      this.#handle(message);
      if (responses.length >= limits.outputBytesMax) this.#flush();
      if (clock.monotonicMs() - startedMs >= turnMs) this.#yield();
    }
    if (this.#draining && !this.busy && this.#binding === undefined) this.#disconnect(shuttingDown);
  }

  #mayProcess(): boolean {
    return (
      this.#state === 'open' &&
      !this.#draining &&
      !this.#startingTls &&
      !this.#yielding &&
      this.#binding === undefined &&
      !this.#use.waits &&
      (this.#waitingBind === undefined || !this.busy) &&
      this.#running.size < this.services.limits.operationsPerConnectionMax &&
      this.outputReady
    );
  }

  #yield(): void {
    this.#yielding = true;
    setImmediate(() => {
      this.#yielding = false;
      this.turn(() => {});
    });
  }

  #nextMessage(): Buffer | undefined {
    const waiting = this.#waitingBind;
    this.#waitingBind = undefined;
    const { limits } = this.services;
    const boundMax = limits.messageBytesMax;
    const bytesMax =
      this.identity.kind === 'anonymous' ? Math.min(limits.anonymousMessageBytesMax, boundMax) : boundMax;
    return waiting ?? this.#framer.next(bytesMax);
  }

  #handle(message: Buffer): void {
    const envelope = decodeEnvelope(this.services.reader, message);
    if (this.#running.has(envelope.id)) throw new BerError('structure', 'message id is in use');
    if (envelope.tag === requestTag.bind) {
      this.#eachRunning((operation) => {
        if (operation.persistent === true) operation.abandon();
      });
    }
    if (envelope.tag === requestTag.bind && this.busy) {
      this.#waitingBind = message;
      return;
    }
    this.services.statistics.operations[envelope.operation.name]++;
    if (paced.has(envelope.tag) && !this.#use.take()) {
      this.#refuse(envelope);
      return;
    }
    if (envelope.tag === requestTag.unbind) {
      this.#end();
      return;
    }
    try {
      dispatch(this, envelope, message);
    } finally {
      // However a bind ended, its password does not stay in memory; one under way is wiped when it ends.
      if (envelope.tag === requestTag.bind && this.#binding === undefined) message.fill(0);
    }
    this.#use.keepPace();
  }

  /** Answers a request that would have to wait too long for its account's turn. */
  #refuse({ id, operation }: Envelope): void {
    const fields = { connection: this.id, peer: this.remoteAddress, reason: 'too many operations' };
    this.services.log.info('ldap.account.refused', fields);
    if (operation.response !== undefined) this.services.responses.result(id, operation.response, tooFast);
    this.#use.keepPace();
  }

  #failed(error: unknown): void {
    if (error instanceof BerError) {
      this.#violation(ldapResult(ResultCode.protocolError, error.message));
    } else if (error instanceof FramingLimitError) {
      const code = error.limit === 'inputBytesTotalMax' ? ResultCode.busy : ResultCode.protocolError;
      this.#violation(ldapResult(code, error.message));
    } else {
      this.services.log.error('ldap.connection.broken', { connection: this.id, peer: this.remoteAddress }, error);
      this.#disconnect(ldapResult(ResultCode.other, 'internal error'));
    }
  }

  #violation(result: LdapResult): void {
    this.services.statistics.protocolErrors++;
    const fields = { connection: this.id, peer: this.remoteAddress, reason: result.diagnosticMessage };
    this.services.log.info('ldap.protocol.error', fields);
    this.#disconnect(result);
  }

  /** Says why, and ends the session (RFC 4511 §4.4.1). */
  #disconnect(result: LdapResult): void {
    if (this.#state !== 'open') return;
    this.services.responses.noticeOfDisconnection(result);
    this.#end();
  }

  /** Sends what was written, then closes our side. Operations under way are dropped. */
  #end(): void {
    if (this.#state !== 'open') return;
    this.#abandonAll();
    this.#flush();
    this.#enter('closing');
    this.#framer.clear();
    this.#output.end();
    this.#transport.pause(false);
  }

  #abandonAll(): void {
    this.#eachRunning((operation) => operation.abandon());
    this.#binding?.abort();
    this.#waitingBind?.fill(0);
    this.#waitingBind = undefined;
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#deadlines.entered(this.services.clock.monotonicMs());
  }

  #flush(): void {
    const { responses } = this.services;
    if (responses.length > 0) this.#output.write(responses.take());
  }

  /** Reads on while requests can be carried out, and while nothing has come: only then is a close of the client noticed. */
  #readOrWait(): void {
    if (this.#state !== 'open') return;
    const rest = this.#framer.bufferedBytes > 0;
    const blocked = !this.#mayProcess();
    if (rest && !blocked) this.#deadlines.partial();
    else this.#deadlines.whole();
    this.#transport.pause(this.#startingTls || (rest && blocked));
  }
}

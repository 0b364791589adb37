import type { X509Certificate } from 'node:crypto';
import type { Authenticator, BindContext, BindOutcome } from '../../auth/bind.ts';
import { type BindRequest, type FromWorker, restored, type ToWorker } from './messages.ts';

/** Sends a message; what is listed is handed over, not copied. */
export type Post = (message: FromWorker, handedOver?: readonly ArrayBuffer[]) => void;

interface Waiting {
  readonly resolve: (outcome: BindOutcome) => void;
  readonly reject: (reason: Error) => void;
}

/** Binds that the main thread decides, which has everything that they are decided by. */
export class RemoteAuthenticator implements Authenticator {
  readonly #post: Post;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(post: Post) {
    this.#post = post;
  }

  bindSimple(name: string, password: Buffer, context: BindContext): Promise<BindOutcome> {
    // Handed over, so that it is in one place only, where the main thread wipes it.
    const copy = new Uint8Array(password);
    return this.#ask({ kind: 'simple', name, password: copy }, context, [copy.buffer]);
  }

  bindExternal(certificate: X509Certificate, context: BindContext): Promise<BindOutcome> {
    return this.#ask({ kind: 'external', certificate: new Uint8Array(certificate.raw) }, context, []);
  }

  /** The main thread has decided. */
  decided(message: Extract<ToWorker, { kind: 'verdict' }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if ('outcome' in message) waiting?.resolve(message.outcome);
    else waiting?.reject(restored(message.failure));
  }

  #ask(bind: BindRequest, context: BindContext, handedOver: readonly ArrayBuffer[]): Promise<BindOutcome> {
    const { remoteAddress, secure, authorizationId, signal } = context;
    const id = (this.#lastId += 1);
    const abandon = (): void => this.#post({ kind: 'abandon', id });
    signal.addEventListener('abort', abandon, { once: true });
    const verdict = new Promise<BindOutcome>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const told = { remoteAddress, secure, ...(authorizationId !== undefined && { authorizationId }) };
    this.#post({ kind: 'bind', id, bind, context: told }, handedOver);
    return verdict.finally(() => signal.removeEventListener('abort', abandon));
  }
}

import { X509Certificate } from 'node:crypto';
import type { Authenticator, BindContext, BindOutcome } from '../../auth/bind.ts';
import { type BindRequest, type FromWorker, type ToWorker, transferred } from './messages.ts';

/** Decides, in the main thread, the binds of one other thread. Disposing of it gives up those that are under way. */
export class BindDesk implements Disposable {
  readonly #authenticator: Authenticator;
  readonly #answer: (verdict: Extract<ToWorker, { kind: 'verdict' }>) => void;
  readonly #underWay = new Map<number, AbortController>();

  constructor(authenticator: Authenticator, answer: (verdict: Extract<ToWorker, { kind: 'verdict' }>) => void) {
    this.#authenticator = authenticator;
    this.#answer = answer;
  }

  /** Decides a bind and answers. */
  async decide({ id, bind, context }: Extract<FromWorker, { kind: 'bind' }>): Promise<void> {
    const abandoned = new AbortController();
    this.#underWay.set(id, abandoned);
    try {
      const outcome = await this.#ask(bind, { ...context, signal: abandoned.signal });
      this.#answer({ kind: 'verdict', id, outcome });
    } catch (error) {
      this.#answer({ kind: 'verdict', id, failure: transferred(error) });
    } finally {
      this.#underWay.delete(id);
      if (bind.kind === 'simple') bind.password.fill(0);
    }
  }

  /** The client of a bind has gone. */
  abandon(id: number): void {
    this.#underWay.get(id)?.abort();
  }

  [Symbol.dispose](): void {
    for (const abandoned of this.#underWay.values()) abandoned.abort();
  }

  #ask(bind: BindRequest, context: BindContext): Promise<BindOutcome> {
    if (bind.kind === 'external') {
      return this.#authenticator.bindExternal(new X509Certificate(bind.certificate), context);
    }
    const { buffer, byteOffset, byteLength } = bind.password;
    return this.#authenticator.bindSimple(bind.name, Buffer.from(buffer, byteOffset, byteLength), context);
  }
}

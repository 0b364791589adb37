import type { StoreErrorCode } from '../store/store-error.ts';

/** The daemon cannot start. `message` is a sentence that says what to do. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
  readonly code: `store-${StoreErrorCode}` | 'listen' | 'certificate' | 'secrets' | 'source';

  constructor(code: StartupError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

import type { ResultCode } from '../directory/result.ts';

/** A request that cannot be carried out as it stands. The message is fixed and becomes the diagnostic message. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: ResultCode;

  constructor(code: ResultCode, message: string) {
    super(message);
    this.code = code;
  }
}

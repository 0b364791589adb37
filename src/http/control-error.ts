/**
 * Why the control socket could not be offered, or a daemon could not be asked over it.
 *
 * - `notRunning`: nobody listens there
 * - `forbidden`: the socket belongs to another user
 * - `inUse`: another daemon listens there
 * - `notASocket`: something else lies where the socket must be
 * - `pathTooLong`: the operating system cannot name a socket in that folder
 * - `foreign`: something answered that is not this program
 * - `otherVersion`: a version of this program answered whose control protocol differs
 * - `refused`: the daemon refused the request
 * - `notPossible`: what was asked for cannot be done as things are
 * - `interrupted`: the connection ended before the answer did, or no answer came in time
 */
export type ControlErrorCode =
  | 'notRunning'
  | 'forbidden'
  | 'inUse'
  | 'notASocket'
  | 'pathTooLong'
  | 'foreign'
  | 'otherVersion'
  | 'refused'
  | 'notPossible'
  | 'interrupted';

/** The only error of the control socket and its client. `message` is a sentence for the administrator. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly code: ControlErrorCode;

  constructor(code: ControlErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The `code` of an error of the operating system (`ENOENT`), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

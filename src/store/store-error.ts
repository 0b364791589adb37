/**
 * Why a store could not be opened or used.
 *
 * - `locked`: another process holds it
 * - `foreign`: the directory holds something that is not our store
 * - `newer`: a later version of the program wrote it
 * - `corrupt`: LevelDB cannot read it
 * - `access`: the file system refused
 * - `failed`: a read or write failed
 */
export type StoreErrorCode = 'locked' | 'foreign' | 'newer' | 'corrupt' | 'access' | 'failed';

/** The only error that the store throws. `message` is a sentence for the administrator that says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A search cannot go on within the limits: the answer to clients is `adminLimitExceeded`. The message is fixed and safe to show. */
export class SearchLimitError extends Error {
  override readonly name = 'SearchLimitError';
}

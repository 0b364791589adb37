import { GraphError } from './graph-error.ts';

/** Where a list goes on, and whether it was begun as an advanced query. */
export interface ListCursor {
  readonly position: number;
  readonly eventual: boolean;
}

/**
 * Writes the skip token of a list as Graph does: base64 with the name and the object id of the last object in it, so that
 * links are personal data.
 */
export function sealCursor(cursor: ListCursor, lastName: string, lastId: string): string {
  const parts = ['DSpt\u000a', lastName, `User_${lastId}`, String(cursor.position), cursor.eventual ? '1' : '0'];
  return Buffer.from(parts.join('\0')).toString('base64url');
}

/** Reads a skip token. Throws 400 Directory_ExpiredPageToken for one that is not ours or that lost its header. */
export function openCursor(token: string, eventual: boolean): ListCursor {
  const parts = Buffer.from(token, 'base64url').toString('utf8').split('\0');
  const position = Number(parts[3]);
  const cursor = { position, eventual: parts[4] === '1' };
  const valid = parts.length === 5 && parts[0] === 'DSpt\u000a' && Number.isSafeInteger(position) && position >= 0;
  if (!valid || (cursor.eventual && !eventual)) {
    throw new GraphError(
      400,
      'Directory_ExpiredPageToken',
      'The specified page token value included in the request has expired.',
    );
  }
  return cursor;
}

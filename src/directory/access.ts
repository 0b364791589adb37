import type { BoundIdentity } from './identity.ts';
import type { DirectoryReader } from './reader.ts';

/**
 * The part of a directory that an identity may read, or undefined when it may read none: whoever has bound reads everything,
 * anonymous nothing. Operations work on what they are given here and have no other way to the entries, so that rights of single
 * accounts are a narrower reader. The root DSE and the subschema are not in it; everybody reads them (RFC 4512 §5.1).
 */
export function readableDirectory(reader: DirectoryReader, who: BoundIdentity): DirectoryReader | undefined {
  return who.kind === 'anonymous' ? undefined : reader;
}

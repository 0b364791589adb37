import { nameBasedId, type ObjectId, objectIdFromBytes } from '../identity/ids.ts';
import { nameKey } from './naming.ts';

/** The name space of objects that only an overlay has (RFC 9562 §5.5). */
const nameSpace = objectIdFromBytes(Buffer.from('6f2d1c0a5b7e4c1f9a3d8e60b1c7f542', 'hex'));

/** The object id of a local user or group, which follows from its name alone. */
export function localObjectId(kind: 'user' | 'group', name: string): ObjectId {
  return nameBasedId(nameSpace, `${kind}:${nameKey(name)}`);
}

import type { EntryId } from './reader.ts';

/** Who speaks on a connection. Connections begin anonymous. */
export type BoundIdentity =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'service'; readonly dn: string; readonly name: string }
  | {
      readonly kind: 'user';
      readonly dn: string;
      readonly entryId: EntryId;
      readonly objectId: string;
      /** What the directory said at the bind about when the password was set; it takes no part in who somebody is. */
      readonly credentialVersion?: string;
    };

/** Nobody in particular. */
export const anonymous: BoundIdentity = { kind: 'anonymous' };

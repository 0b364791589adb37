import type { EntryId } from './reader.ts';

/** How somebody has bound, so that it can be told later whether that way is open still. */
export interface BindProof {
  /** What has checked the password, as the audit trail names it. */
  readonly link: string;
  /** Where the bind came from. */
  readonly address: string;
  /** Whether a one-time code was shown with the password. */
  readonly hasCode: boolean;
  /** The codes of Entra of which one was, or may have been, let through as a success. */
  readonly letThrough: readonly number[];
}

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
      /** How the bind was proved; it takes no part in who somebody is either. */
      readonly proof?: BindProof;
    };

/** Nobody in particular. */
export const anonymous: BoundIdentity = { kind: 'anonymous' };

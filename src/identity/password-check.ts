import type { ObjectId } from './ids.ts';

/** What Entra says about a user name and a password. */
export type PasswordVerdict =
  /** The password is right. `objectId` is whose it is, where Entra says so: a name can have a new owner. */
  | { readonly kind: 'accepted'; readonly objectId?: ObjectId }
  /** The password, or the account, is no good. `aadsts` is the number of the code, when there was one. */
  | {
      readonly kind: 'refused';
      readonly reason:
        | 'wrong'
        | 'noSuchUser'
        | 'locked'
        | 'expired'
        | 'disabled'
        | 'interactionRequired'
        | 'notAllowed'
        | 'unknown';
      readonly aadsts: number | undefined;
    }
  /** Entra could not be asked: network, throttling, server error. */
  | { readonly kind: 'unavailable'; readonly aadsts: number | undefined; readonly message: string }
  /** Our own registration is at fault: secret expired, consent missing, public client. The administrator must act. */
  | { readonly kind: 'misconfigured'; readonly aadsts: number | undefined; readonly message: string };

/** Asks Entra whether a password is right. `graph/` implements it; the composition root hands it in. */
export interface PasswordChecker {
  check(userPrincipalName: string, password: string, signal: AbortSignal): Promise<PasswordVerdict>;
}

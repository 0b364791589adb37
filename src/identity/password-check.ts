import type { ObjectId } from './ids.ts';

/** Why Entra refuses a sign-in by password. */
export type PasswordRefusal =
  | 'wrong'
  | 'noSuchUser'
  | 'locked'
  | 'expired'
  | 'mustChange'
  | 'disabled'
  | 'interactionRequired'
  | 'notAllowed'
  | 'unknown';

/** What Entra says about a user name and a password. */
export type PasswordVerdict = {
  /** Under which the sign-in logs of Entra have the request; undefined when none was sent. */
  readonly correlationId?: string | undefined;
} & (
  | {
      /** The password is right. */
      readonly kind: 'accepted';
      /** Whose it is, where Entra says so: a name can have a new owner. */
      readonly objectId?: ObjectId;
    }
  | {
      /** The password, or the account, is no good. */
      readonly kind: 'refused';
      readonly reason: PasswordRefusal;
      /** The number of the code, when there was one. */
      readonly aadsts: number | undefined;
      /** True when Entra says with this code that the password is right nevertheless. */
      readonly passwordProven?: boolean;
    }
  /** Entra could not be asked: network, throttling, server error. */
  | { readonly kind: 'unavailable'; readonly aadsts: number | undefined; readonly message: string }
  /** Our own registration is at fault: secret expired, consent missing, public client. The administrator must act. */
  | { readonly kind: 'misconfigured'; readonly aadsts: number | undefined; readonly message: string }
);

/**
 * The AADSTS codes that Entra answers with after it has found the password right, because a person at a browser would now
 * be asked for a second factor. Only these can be let through by the configuration (PAIN-03). Codes of Conditional Access are
 * not among them: Microsoft does not say that they come after the password.
 */
export const secondFactorCodes: readonly number[] = [50072, 50074, 50076, 50079, 50158, 53004];

/** Asks Entra whether a password is right. `graph/` implements it; the composition root hands it in. */
export interface PasswordChecker {
  /** `password` is text in UTF-8, which stays the caller's to wipe; no copy of it is left behind. */
  check(userPrincipalName: string, password: Buffer, signal: AbortSignal): Promise<PasswordVerdict>;
}

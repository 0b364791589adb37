import { randomBytes, randomInt } from 'node:crypto';

/** A sign-in that was begun on a device and is finished elsewhere (RFC 8628). */
interface DeviceSignIn {
  readonly clientId: string;
  readonly userCode: string;
  readonly scope: string;
  readonly expiresAtMs: number;
  /** The index of the user who has signed in. */
  user: number | undefined;
}

/** What a device is told that asks whether its sign-in is finished (RFC 8628 §3.5). */
export type DevicePoll =
  | { readonly kind: 'finished'; readonly user: number; readonly scope: string }
  | { readonly kind: 'pending' | 'expired' | 'unknown' };

/** How long a person has to sign in. */
export const deviceCodeLifetimeSeconds = 900;

// As Entra writes them: without vowels and without what is read as something else.
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXYZ23456789';
const USER_CODE_LENGTH = 9;
/** Anybody may ask for codes; the oldest make room. */
const SIGN_INS_MAX = 10_000;

/** The device sign-ins of a tenant that are under way. */
export class DeviceCodes {
  readonly #signIns = new Map<string, DeviceSignIn>();

  /** Begins a sign-in. */
  begin(clientId: string, scope: string, atMs: number): { readonly deviceCode: string; readonly userCode: string } {
    const deviceCode = randomBytes(96).toString('base64url');
    const userCode = Array.from({ length: USER_CODE_LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join(
      '',
    );
    const expiresAtMs = atMs + deviceCodeLifetimeSeconds * 1000;
    const [oldest] = this.#signIns.keys();
    if (oldest !== undefined && this.#signIns.size >= SIGN_INS_MAX) this.#signIns.delete(oldest);
    this.#signIns.set(deviceCode, { clientId, userCode, scope, expiresAtMs, user: undefined });
    return { deviceCode, userCode };
  }

  /** A person has typed a user code and signed in; false when the code is unknown, used or expired. */
  finish(userCode: string, user: number, atMs: number): boolean {
    const wanted = userCode.toUpperCase();
    for (const signIn of this.#signIns.values()) {
      if (signIn.userCode !== wanted || signIn.user !== undefined || signIn.expiresAtMs <= atMs) continue;
      signIn.user = user;
      return true;
    }
    return false;
  }

  /** How a sign-in stands. A finished one is told once. */
  poll(deviceCode: string, clientId: string, atMs: number): DevicePoll {
    const signIn = this.#signIns.get(deviceCode);
    if (signIn === undefined || signIn.clientId !== clientId) return { kind: 'unknown' };
    if (signIn.expiresAtMs <= atMs) return { kind: 'expired' };
    if (signIn.user === undefined) return { kind: 'pending' };
    this.#signIns.delete(deviceCode);
    return { kind: 'finished', user: signIn.user, scope: signIn.scope };
  }
}

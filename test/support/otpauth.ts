import { oneTimeCode, timeStep } from '../../src/auth/one-time-code.ts';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The seed in what an authenticator app reads. */
export function seedOf(otpauth: string): Buffer {
  const secret = new URL(otpauth).searchParams.get('secret') ?? '';
  const bits = Array.from(secret, (character) => base32.indexOf(character).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/\d{8}/g)?.map((octet) => Number.parseInt(octet, 2)) ?? []);
}

/** The code that an authenticator app shows `shift` steps of 30 seconds from now. */
export function codeOf(otpauth: string, nowMs: number, shift = 0): string {
  return oneTimeCode(seedOf(otpauth), timeStep(nowMs) + shift);
}

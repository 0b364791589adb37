import { createHmac, timingSafeEqual } from 'node:crypto';

/** One-time codes by time (RFC 6238) as authenticator apps make them: HMAC-SHA-1, steps of 30 seconds, six digits. */
const stepMs = 30_000;
const digits = 6;
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The time step of an instant, in milliseconds since the epoch. */
export function timeStep(nowMs: number): number {
  return Math.floor(nowMs / stepMs);
}

/** The code of a time step (RFC 4226 §5.3). */
export function oneTimeCode(seed: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 10 ** digits).padStart(digits, '0');
}

/**
 * The step of a code, which is at most `window` steps from now and behind `lastStep`: a code is good for once (RFC 6238 §5.2).
 * Undefined for any other.
 */
export function stepOfCode(
  { seed, lastStep, window }: { readonly seed: Buffer; readonly lastStep: number; readonly window: number },
  code: string,
  nowMs: number,
): number | undefined {
  const now = timeStep(nowMs);
  let found: number | undefined;
  // All of them are looked at, so that the time does not tell which it was.
  for (let step = now - window; step <= now + window; step++) {
    if (isSame(oneTimeCode(seed, step), code) && step > lastStep) found ??= step;
  }
  return found;
}

/** What an authenticator app reads (https://github.com/google/google-authenticator/wiki/Key-Uri-Format). */
export function otpauthUri({
  issuer,
  account,
  seed,
}: {
  readonly issuer: string;
  readonly account: string;
  readonly seed: Buffer;
}): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${toBase32(seed)}&issuer=${encodeURIComponent(issuer)}`;
}

/** Base 32 without padding (RFC 4648 §6). */
function toBase32(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += base32[(value >>> (bits - 5)) & 31] ?? '';
  }
  return bits === 0 ? text : text + (base32[(value << (5 - bits)) & 31] ?? '');
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

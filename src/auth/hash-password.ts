import { hash } from 'bcrypt';

/** The longest password that bcrypt tells from longer ones, in octets of UTF-8. */
export const hashedPasswordBytesMax = 72;

/** The cost of bcrypt: many binds pay for it, so not more than OWASP's Password Storage Cheat Sheet asks. */
export const workFactor = 10;

/** Why a password cannot be hashed; the message is a sentence that does not quote it. */
export class PasswordNotHashableError extends Error {
  override readonly name = 'PasswordNotHashableError';
}

/**
 * The bcrypt hash (`$2b$`) of a password with a new random salt. Throws {@link PasswordNotHashableError} for passwords that
 * bcrypt would confuse with others: empty ones, ones of more than 72 octets, ones with a NUL.
 */
export async function hashPassword(password: string): Promise<string> {
  const octets = Buffer.from(password);
  if (octets.length === 0) throw new PasswordNotHashableError('The password is empty.');
  if (octets.length > hashedPasswordBytesMax) {
    throw new PasswordNotHashableError(
      `The password has ${octets.length} octets, and bcrypt looks at the first ${hashedPasswordBytesMax} only: choose a shorter one.`,
    );
  }
  if (octets.includes(0)) throw new PasswordNotHashableError('The password holds a NUL character.');
  try {
    return await hash(octets, workFactor);
  } finally {
    octets.fill(0);
  }
}

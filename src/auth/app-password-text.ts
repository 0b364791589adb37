import { randomInt } from 'node:crypto';

import { appPasswordIdLength } from '../identity/app-password.ts';

/** Without vowels, so that no words come about, and without characters that are taken for one another. */
const alphabet = '23456789bcdfghjkmnpqrstvwxz';
const length = 20;
const groupLength = 4;
const plainPattern = new RegExp(`^[${alphabet}]{${length}}$`);
const codePattern = /^\d{6}$/;

/** What somebody types for an app password. */
export interface TypedAppPassword {
  readonly id: string;
  /** All of it, in the form that is hashed. */
  readonly secret: string;
  /** The one-time code that was typed behind it. */
  readonly code: string | undefined;
}

/**
 * A new app password: five groups of four characters. The first six are its id, thirteen are secret (62 bits, behind bcrypt),
 * and the last one is worked out from the others, so that hardly any other password is taken for one.
 */
export function newAppPassword(): { readonly id: string; readonly secret: string; readonly text: string } {
  let secret = '';
  for (let i = 1; i < length; i++) secret += alphabet[randomInt(alphabet.length)] ?? '';
  secret += checkCharacter(secret);
  const groups = Array.from({ length: length / groupLength }, (_, i) =>
    secret.slice(i * groupLength, (i + 1) * groupLength),
  );
  return { id: secret.slice(0, appPasswordIdLength), secret, text: groups.join('-') };
}

/**
 * Reads an app password as people type it: in any letter case, with or without hyphens and spaces, perhaps with a one-time code
 * behind it. Undefined for what cannot be one.
 */
export function readAppPassword(password: Buffer): TypedAppPassword | undefined {
  if (password.length > 64) return undefined;
  const plain = password.toString('latin1').toLowerCase().replaceAll(/[- ]/g, '');
  const secret = plain.slice(0, length);
  const code = plain.slice(length);
  if (!plainPattern.test(secret)) return undefined;
  if (checkCharacter(secret.slice(0, -1)) !== secret.at(-1)) return undefined;
  if (code !== '' && !codePattern.test(code)) return undefined;
  return { id: secret.slice(0, appPasswordIdLength), secret, code: code === '' ? undefined : code };
}

function checkCharacter(rest: string): string {
  // Places count, so that two characters that changed places are noticed.
  let sum = 0;
  for (let i = 0; i < rest.length; i++) sum += (i + 1) * (alphabet.indexOf(rest.charAt(i)) + 1);
  return alphabet[sum % alphabet.length] ?? '';
}

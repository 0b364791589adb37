import { randomInt } from 'node:crypto';

import { appPasswordIdLength } from '../identity/app-password.ts';

/** Without vowels, so that no words come about, and without characters that are taken for one another. */
const alphabet = '23456789bcdfghjkmnpqrstvwxz';
const length = 20;
const groupLength = 4;
const alphabetOctets = Buffer.from(alphabet);
const codeLength = 6;
const codePattern = /^\d{6}$/;
/** Room for what people put between the characters. */
const typedBytesMax = 64;
const hyphen = 0x2d;
const space = 0x20;
const upperA = 0x41;
const upperZ = 0x5a;
const lowerCase = 0x20;

/** What somebody types for an app password. */
export interface TypedAppPassword {
  readonly id: string;
  /** All of it, in the form that is hashed; a copy, which its owner wipes. */
  readonly secret: Buffer;
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
  secret += String.fromCharCode(checkOctet(Buffer.from(secret)));
  const groups = Array.from({ length: length / groupLength }, (_, i) =>
    secret.slice(i * groupLength, (i + 1) * groupLength),
  );
  return { id: secret.slice(0, appPasswordIdLength), secret, text: groups.join('-') };
}

/**
 * Reads an app password as people type it: in any letter case, with or without hyphens and spaces, perhaps with a one-time code
 * behind it. Undefined for what cannot be one. Every bind password comes here, so nothing of it becomes a string, which nobody could
 * wipe, but an id and a code that have the form of one.
 */
export function readAppPassword(password: Buffer): TypedAppPassword | undefined {
  if (password.length > typedBytesMax) return undefined;
  const typed = Buffer.alloc(length + codeLength);
  const size = copyPlain(password, typed);
  const secret = typed.subarray(0, length);
  const found = size === undefined || !isSecret(secret) ? undefined : withCode(secret, typed.subarray(length, size));
  if (found === undefined) typed.fill(0);
  return found;
}

function withCode(secret: Buffer, octets: Buffer): TypedAppPassword | undefined {
  const id = secret.toString('latin1', 0, appPasswordIdLength);
  const code = octets.toString('latin1');
  if (code === '') return { id, secret, code: undefined };
  return codePattern.test(code) ? { id, secret, code } : undefined;
}

/** Copies without hyphens and spaces and in lower case. Undefined when there is too much or too little of it. */
function copyPlain(from: Buffer, to: Buffer): number | undefined {
  let size = 0;
  for (const octet of from) {
    if (octet === hyphen || octet === space) continue;
    if (size === to.length) return undefined;
    size = to.writeUInt8(octet >= upperA && octet <= upperZ ? octet + lowerCase : octet, size);
  }
  return size < length ? undefined : size;
}

function isSecret(octets: Buffer): boolean {
  return (
    octets.every((octet) => alphabetOctets.includes(octet)) && octets.at(-1) === checkOctet(octets.subarray(0, -1))
  );
}

function checkOctet(rest: Buffer): number {
  // Places count, so that two characters that changed places are noticed.
  let sum = 0;
  rest.forEach((octet, i) => {
    sum += (i + 1) * (alphabetOctets.indexOf(octet) + 1);
  });
  return alphabetOctets[sum % alphabet.length] ?? 0;
}

import { createHash, randomInt } from 'node:crypto';
import { adminTokenIdLength } from '../identity/admin-token.ts';

/** Begins every token, so that whoever finds one, a scanner of repositories for instance, knows what it is. */
const prefix = 'eldt_';
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 43 of 62 letters: 256 bits. */
const secretLength = 43;

const pattern = new RegExp(`^${prefix}([0-9A-Za-z]{${adminTokenIdLength}})_[0-9A-Za-z]{${secretLength}}$`);

/** A new token: `eldt_`, its id, and its secret. */
export function newAdminToken(): { readonly id: string; readonly token: string } {
  const id = randomText(adminTokenIdLength);
  return { id, token: `${prefix}${id}_${randomText(secretLength)}` };
}

/** The id in a token; undefined for what cannot be one. */
export function idOfAdminToken(token: string): string | undefined {
  return pattern.exec(token)?.[1];
}

/** What is kept of a token. */
export function hashAdminToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function randomText(length: number): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)] ?? '').join('');
}

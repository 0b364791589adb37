/** Seeded numbers without state: the same arguments give the same number, and a GUID leads back to its index. */
import type { ObjectId } from '../../identity/ids.ts';

const BYTE_HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function mix(value: number): number {
  let x = value ^ (value >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function unmix(value: number): number {
  let x = value ^ (value >>> 16);
  x = Math.imul(x, 0x7ed1b41d);
  x ^= (x >>> 13) ^ (x >>> 26);
  x = Math.imul(x, 0xa5cb9243);
  return (x ^ (x >>> 16)) >>> 0;
}

/** 32 pseudo-random bits that depend on all three arguments. */
export function hash(seed: number, stream: number, index: number): number {
  return mix(mix(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream, 0x85ebca77)) ^ index);
}

function hex(word: number): string {
  return `${BYTE_HEX[word >>> 24]}${BYTE_HEX[(word >>> 16) & 255]}${BYTE_HEX[(word >>> 8) & 255]}${BYTE_HEX[word & 255]}`;
}

/** A keyed one-to-one mapping between indexes (below 2^32) and version 4 GUIDs (RFC 9562 §5.4). */
export class IdSpace {
  readonly #seed: number;
  readonly #stream: number;
  readonly #before: number;
  readonly #after: number;

  constructor(seed: number, stream: number) {
    this.#seed = seed;
    this.#stream = stream;
    this.#before = hash(seed, stream, 1);
    this.#after = hash(seed, stream, 2);
  }

  id(index: number): ObjectId {
    const second = hex((hash(this.#seed, this.#stream + 1, index) & 0xffff0fff) | 0x4000);
    const third = hex(((hash(this.#seed, this.#stream + 2, index) & 0x3fffffff) | 0x80000000) >>> 0);
    const first = hex((mix(index ^ this.#before) ^ this.#after) >>> 0);
    const fourth = hex(hash(this.#seed, this.#stream + 3, index));
    return `${first}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${fourth}` as ObjectId;
  }

  /** The index that {@link IdSpace.id} gave the id to, when it is below `count`; else -1. */
  indexOf(id: ObjectId, count: number): number {
    const index = (unmix((Number.parseInt(id.slice(0, 8), 16) ^ this.#after) >>> 0) ^ this.#before) >>> 0;
    return index < count && this.id(index) === id ? index : -1;
  }
}

function gcd(left: number, right: number): number {
  let a = left;
  let b = right;
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** The number x with `value * x % modulus === 1`; the two must have no common divisor. */
function inverse(value: number, modulus: number): number {
  let [r0, r1] = [modulus, value % modulus];
  let [t0, t1] = [0, 1];
  while (r1 !== 0) {
    const q = Math.floor(r0 / r1);
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  return t0 < 0 ? t0 + modulus : t0;
}

/** A seeded permutation of 0 … size-1 that can be run backwards: x ↦ (step·x + start) mod size, exact below 2^26. */
export class Permutation {
  readonly size: number;
  readonly #step: number;
  readonly #start: number;
  readonly #inverse: number;

  constructor(size: number, seed: number, stream: number) {
    this.size = size;
    let step = size < 3 ? 1 : 1 + (hash(seed, stream, 3) % (size - 1));
    while (gcd(step, size) !== 1) step = (step % size) + 1;
    this.#step = step;
    this.#start = size === 0 ? 0 : hash(seed, stream, 4) % size;
    this.#inverse = size < 2 ? 0 : inverse(step, size);
  }

  at(position: number): number {
    return (this.#step * position + this.#start) % this.size;
  }

  positionOf(value: number): number {
    return (this.#inverse * ((value - this.#start + this.size) % this.size)) % this.size;
  }
}

/** A seeded GUID outside the id spaces, for the few objects that need just one. */
export function seededGuid(seed: number, stream: number): ObjectId {
  return new IdSpace(seed, stream).id(0);
}

/**
 * Cuts the stream of a connection into LDAPMessages without parsing them. It knows the identifier and length octets of
 * the outer SEQUENCE and nothing else. A message that arrived whole is a view of the bytes it arrived in; bytes are copied
 * only for a message that came in parts, into a buffer that grows with what was received and never with what was claimed.
 */
import { BerError } from './ber-reader.ts';
import { berTag } from './protocol.ts';

/** Somebody who holds bytes of the budget. */
export interface BudgetHolder {
  /** True while the peer has not sent the rest of a message. */
  readonly isIncomplete: boolean;
  /** Gives everything back at once. */
  evict(): void;
}

/**
 * The bytes that all connections together may hold of incomplete messages. When they are used up, whoever has kept us
 * waiting for the rest of a message longest has to give: a message takes milliseconds to arrive, and somebody who lets many
 * of them stand half sent does not keep others from sending theirs.
 */
export class InputBudget {
  readonly #max: number;
  /** In the order in which they began to hold something. */
  readonly #holders = new Map<BudgetHolder, number>();
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Makes the holder's share `bytes` in all; false, and nothing changed for it, when even others cannot give so much. */
  hold(holder: BudgetHolder, bytes: number): boolean {
    const held = this.#holders.get(holder) ?? 0;
    if (bytes > this.#max) return false;
    while (this.#used - held + bytes > this.#max) {
      const slowest = this.#slowestBut(holder);
      if (slowest === undefined) return false;
      slowest.evict();
    }
    this.#used += bytes - held;
    this.#holders.set(holder, bytes);
    return true;
  }

  /** Ends the holder's share. */
  release(holder: BudgetHolder): void {
    this.#used -= this.#holders.get(holder) ?? 0;
    this.#holders.delete(holder);
  }

  /** Bytes taken at present. */
  get used(): number {
    return this.#used;
  }

  #slowestBut(holder: BudgetHolder): BudgetHolder | undefined {
    for (const other of this.#holders.keys()) if (other !== holder && other.isIncomplete) return other;
    return undefined;
  }
}

/** The stream asks for more than it may have. */
export class FramingLimitError extends Error {
  override readonly name = 'FramingLimitError';
  /** Which limit: of the message, or of all connections together. */
  readonly limit: 'messageBytesMax' | 'inputBytesTotalMax';

  constructor(limit: 'messageBytesMax' | 'inputBytesTotalMax') {
    super(limit === 'messageBytesMax' ? 'message is too large' : 'server is busy');
    this.limit = limit;
  }
}

const empty = Buffer.alloc(0);
const headerBytesMax = 6;

/** The framing of one connection. */
export class Framer implements BudgetHolder {
  readonly #budget: InputBudget;
  readonly #onEvicted: () => void;
  #evicted = false;
  /** Bytes not yet taken as messages: `#start` to `#end` of `#input`. */
  #input: Buffer = empty;
  #start = 0;
  #end = 0;
  /** What `#input` holds of the budget: its size when it is a buffer of ours, 0 when it is the chunk as it arrived. */
  #owned = 0;

  /** `onEvicted` is called when the bytes had to be given up to others; every further `push` then throws. */
  constructor(budget: InputBudget, onEvicted: () => void = () => {}) {
    this.#budget = budget;
    this.#onEvicted = onEvicted;
  }

  get isIncomplete(): boolean {
    try {
      const size = this.#messageSize();
      return size === 0 || size > this.bufferedBytes;
    } catch {
      // What can be no message is not waited for: it ends the session when its turn comes.
      return false;
    }
  }

  evict(): void {
    this.#release();
    this.#evicted = true;
    this.#onEvicted();
  }

  /** Bytes received and not yet taken. */
  get bufferedBytes(): number {
    return this.#end - this.#start;
  }

  /** Adds what was read. Throws {@link FramingLimitError} when the budget of all connections is used up. */
  push(chunk: Buffer): void {
    if (this.#evicted) throw new FramingLimitError('inputBytesTotalMax');
    const kept = this.bufferedBytes;
    if (kept === 0) {
      this.#release();
      this.#input = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    this.#keep(kept + chunk.length);
    chunk.copy(this.#input, this.#end);
    // What was copied may hold a password; there is now one place to wipe.
    chunk.fill(0);
    this.#end += chunk.length;
  }

  /**
   * The next whole message of at most `messageBytesMax` bytes, or undefined when there is none yet. Throws as soon as the
   * first bytes show that none can come: {@link BerError} when they are no SEQUENCE, {@link FramingLimitError} when the
   * length they claim is too great.
   */
  next(messageBytesMax: number): Buffer | undefined {
    const size = this.#messageSize();
    if (size > messageBytesMax) throw new FramingLimitError('messageBytesMax');
    if (size === 0 || size > this.bufferedBytes) return undefined;
    const message = this.#input.subarray(this.#start, this.#start + size);
    this.#start += size;
    if (this.#start === this.#end) this.#release();
    return message;
  }

  /**
   * Copies an incomplete rest out of the chunk it arrived in, so that a few bytes do not keep a large chunk alive and are
   * counted. Throws {@link FramingLimitError} when the budget of all connections is used up.
   */
  settle(): void {
    const kept = this.bufferedBytes;
    if (kept > 0 && this.#owned === 0) this.#keep(kept);
  }

  /** Forgets everything. */
  clear(): void {
    this.#release();
  }

  /** Size of the message that begins here, header included; 0 while the header is incomplete. */
  #messageSize(): number {
    const available = this.bufferedBytes;
    if (available === 0) return 0;
    if (this.#input[this.#start] !== berTag.sequence) throw new BerError('structure', 'not an LDAP message');
    if (available < 2) return 0;
    const first = this.#input[this.#start + 1] ?? 0;
    if (first < 0x80) return 2 + first;
    const octets = first & 0x7f;
    if (octets === 0) throw new BerError('structure', 'indefinite length');
    if (octets > headerBytesMax - 2) throw new BerError('structure', 'length of too many octets');
    if (available < 2 + octets) return 0;
    return 2 + octets + this.#input.readUIntBE(this.#start + 2, octets);
  }

  /** Makes `#input` a buffer of ours that begins with the rest and has room for `bytes`. */
  #keep(bytes: number): void {
    if (this.#owned >= this.#start + bytes) return;
    // Twice what is kept, so that a message that drips in is not copied with every drop.
    const size = Math.max(bytes, this.#owned === 0 ? 64 : this.bufferedBytes * 2);
    if (!this.#budget.hold(this, size)) throw new FramingLimitError('inputBytesTotalMax');
    const grown = Buffer.allocUnsafeSlow(size);
    this.#input.copy(grown, 0, this.#start, this.#end);
    this.#input.fill(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    this.#input = grown;
    this.#owned = size;
  }

  #release(): void {
    if (this.#owned > 0) this.#budget.release(this);
    this.#owned = 0;
    // What was never taken as a message may hold a password.
    if (this.#start < this.#end) this.#input.fill(0, this.#start, this.#end);
    this.#input = empty;
    this.#start = 0;
    this.#end = 0;
  }
}

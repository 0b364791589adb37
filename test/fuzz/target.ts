/** What is fuzzed: one decoder, parser or conversation, and what it has promised about every input. */
export interface FuzzTarget {
  readonly name: string;
  /** No input is longer. */
  readonly bytesMax: number;
  /** Octets that mean something to the code, such as names and tags: mutations put them in. */
  readonly words: readonly Buffer[];
  /** Inputs as they ought to be, to begin with. */
  readonly seeds: readonly Buffer[];
  /** How many counted steps an input may cost: work is linear in its length. */
  readonly steps: { readonly fixed: number; readonly perByte: number };
  /** Throws when a promise is broken. */
  readonly run: (input: Buffer) => void | Promise<void>;
}

/** Words from text. */
export function words(...texts: readonly string[]): readonly Buffer[] {
  return texts.map((text) => Buffer.from(text));
}

/** Words from hexadecimal digits. */
export function octets(...digits: readonly string[]): readonly Buffer[] {
  return digits.map((text) => Buffer.from(text, 'hex'));
}

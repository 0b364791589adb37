/** A user or a group that a sudo rule names and that gets nothing by it. */
export interface SudoUnknown {
  readonly rule: string;
  readonly kind: 'user' | 'group';
  /** As the configuration has it. */
  readonly name: string;
  /** How many that are shown answer to the name: none, or several. */
  readonly found: number;
}

/** What came of the sudo rules of the configuration. */
export interface SudoReport {
  /** Rules that are entries, the defaults not counted. */
  readonly shown: number;
  /** Rules that are no entry, because nobody is left in them. */
  readonly hidden: readonly string[];
  readonly unknown: readonly SudoUnknown[];
}

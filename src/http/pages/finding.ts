/** Something that wants attention. */
export interface Finding {
  readonly tone: 'bad' | 'warn';
  readonly title: string;
  /** What it means and what to do. */
  readonly advice: string;
  /** Where to do it, in these pages. */
  readonly path?: string;
}

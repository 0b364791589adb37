/** How the configuration file and the running configuration stand to each other. */
export interface ConfigReport {
  readonly file: string;
  /** When the configuration in use was taken over, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Why the file as it is now is not in use: a line for each problem, with its place. Empty when it is. */
  readonly problems: readonly string[];
  /** Keys that have changed and that only a restart takes over. */
  readonly needsRestart: readonly string[];
}

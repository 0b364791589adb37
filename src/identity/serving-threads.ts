/** The threads that serve LDAP. */
export interface ServingThreads {
  /** How many there are to be. */
  readonly wanted: number;
  /** How many of them serve now. */
  readonly serving: number;
  /** How often one has died since the start and another was started in its place. */
  readonly restarts: number;
}

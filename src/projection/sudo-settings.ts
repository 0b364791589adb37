/** One rule of sudo for people and groups of the tenant, with values in the syntax of sudoers.ldap(5). */
export interface SudoRule {
  /** The name of the entry. */
  readonly name: string;
  readonly description: string | undefined;
  /** `ALL`, or people by `uid`, user principal name or object id. */
  readonly users: readonly string[];
  /** Groups by display name or object id. */
  readonly groups: readonly string[];
  readonly hosts: readonly string[];
  readonly commands: readonly string[];
  /** As whom commands are run; nobody and no group: as root. */
  readonly runAsUsers: readonly string[];
  readonly runAsGroups: readonly string[];
  readonly options: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number | undefined;
  readonly notAfterMs: number | undefined;
  /** Of several rules that match, the one with the highest order counts. */
  readonly order: number | undefined;
}

/** The sudo rules of all machines. */
export interface SudoSettings {
  /** RDN of the container below the base, for instance `ou=SUDOers`. */
  readonly container: string;
  /** Options that hold for all rules; none: there is no entry of defaults. */
  readonly defaults: readonly string[];
  readonly rules: readonly SudoRule[];
}

/** What stands for everybody, every host and every command in sudo rules. */
export const sudoAll = 'ALL';

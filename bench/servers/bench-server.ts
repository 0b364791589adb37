/** A running server as the benchmark sees it. */
export interface BenchServer extends AsyncDisposable {
  /** `workers` is ours too, with as many threads as were asked for. */
  readonly name: 'ours' | 'workers' | 'slapd' | 'ldapjs';
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  /** The process whose time and memory count. */
  readonly pid: number;
  /** How the service account binds that may read everything. */
  readonly bindDn: string;
  readonly password: string;
}

/** The service account of the benchmark. Its hash costs OpenLDAP one round of SHA-1, and us one of bcrypt. */
export const benchAccount = { name: 'bench', password: 'benchmark on loopback' } as const;

/** What the benchmark tells its load generator and hears from it, as messages between two processes. */

/** Some work for a server: prepared requests, over and over, on several connections. */
export interface LoadJob {
  readonly host: string;
  readonly port: number;
  /** The authority to trust when every connection speaks TLS from its first byte. */
  readonly tlsCa?: string;
  readonly connections: number;
  /** Requests of one connection that may wait for their answers at the same time. */
  readonly outstanding: number;
  /** What each connection sends first, and waits for: usually a bind. Whole LDAP messages. */
  readonly prologue: readonly Buffer[];
  /** Whole LDAP messages, sent in turn by all connections together, beginning again at the end. */
  readonly requests: readonly Buffer[];
  /** Requests that are answered before anything is measured. */
  readonly warmUp: number;
  /** Requests that are measured. */
  readonly count: number;
  /** Requests per second; without it, as many as are answered. */
  readonly rate?: number;
  /** Each request is the first page of a walk that is followed to its end; the whole walk counts as one request. */
  readonly pageSize?: number;
  /** Each request goes over a connection of its own, which is opened for it and closed. */
  readonly connectEach?: boolean;
}

/** What came of it. Times in milliseconds. */
export interface LoadResult {
  readonly count: number;
  readonly elapsedMs: number;
  readonly entries: number;
  readonly bytes: number;
  /** Requests that were not answered with success, and the first result code among them. */
  readonly failures: number;
  readonly failureCode: number | null;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** Processor time of the generator itself, to see that it was not what limited the rate. */
  readonly generatorCpuMs: number;
}

/** From the benchmark. */
export type ToGenerator = { readonly kind: 'prepare'; readonly job: LoadJob } | { readonly kind: 'measure' };

/** From the generator: warmed up, done, or the sentence that says why not. */
export type FromGenerator =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly message: string };

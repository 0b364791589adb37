import type { NetworkBlock } from '../identity/app-password.ts';

/** The HTTP server: health, metrics, the status page and the administration. */
export interface HttpConfig {
  /** None: there is no HTTP server. Port 0: any free port. */
  readonly listeners: readonly { readonly host: string; readonly port: number }[];
  /** False when the addresses are those that nobody asked for: the daemon goes on where they are taken. */
  readonly isListenGiven: boolean;
  /** undefined: HTTP in the clear. Paths, so that a renewed certificate can be read again. */
  readonly tls:
    | { readonly certFile: string; readonly keyFile: string; readonly minVersion: 'TLSv1.2' | 'TLSv1.3' }
    | undefined;
  readonly trustedProxies: readonly NetworkBlock[];
  /** Where tokens in the clear are accepted from nevertheless. */
  readonly clearTokensFrom: readonly NetworkBlock[];
  readonly ready: { readonly stale: boolean; readonly held: boolean };
  readonly metrics: {
    /** undefined: from everywhere. */
    readonly allowFrom: readonly NetworkBlock[] | undefined;
    readonly token: boolean;
  };
  readonly limits: HttpLimitsConfig;
}

/** What HTTP clients may use. */
export interface HttpLimitsConfig {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly requestsPerMinute: number;
  readonly requestMs: number;
  readonly idleMs: number;
}

/** What the main thread and those that serve LDAP say to each other: plain data, in the order in which it was said. */
import type { BindOutcome } from '../../auth/bind.ts';
import type { SecretKey } from '../../auth/keyring.ts';
import type { PublicationFacts } from '../../identity/view.ts';
import type { LdapListener } from '../../ldap/server.ts';
import type { LdapStatistics } from '../../ldap/statistics.ts';
import type { LdapTls } from '../../ldap/tls.ts';
import type { LogFields } from '../../observability/log.ts';
import type { LogLevel } from '../../observability/log-record.ts';
import type { SharedViewOptions } from '../../store/shared-view.ts';
import type { RevocationOrder } from '../revocations.ts';
import type { ServedSettings } from '../served-settings.ts';
import type { SharedMemory } from './shared-memory.ts';

/** What a thread is started with. */
export interface WorkerStart {
  /** Which of the threads it is, from 0. */
  readonly index: number;
  readonly threads: number;
  readonly store: Pick<SharedViewOptions, 'directory' | 'tenantId' | 'entryCacheBytes'>;
  readonly memory: SharedMemory;
  readonly cookieKey: Uint8Array;
  /** What the main thread's monotonic clock read when that of the process (`process.hrtime`) read 0, in milliseconds. */
  readonly clockOriginMs: number;
  readonly version: string;
}

/** What changes with the configuration. */
export interface WorkerSettings {
  readonly settings: ServedSettings;
  /** The keys that NT hashes are sealed with; none where nobody may read them. */
  readonly secretKeys: readonly SecretKey[];
  /** What is counted of each service account. */
  readonly accounts: ReadonlyMap<string, SharedArrayBuffer>;
}

/** What lies on disk and is to be shown from `number` on; see `AnnouncedPublication`. */
export interface SnapshotRequest {
  readonly number: number;
  readonly facts: PublicationFacts | undefined;
  readonly changedIds: Uint32Array | undefined;
}

/** What a thread begins to serve with. */
export interface ServeRequest extends WorkerSettings {
  readonly listeners: readonly LdapListener[];
  readonly tls: LdapTls | undefined;
}

/** What is asked of a thread, and is answered. */
export type WorkerRequest =
  | { readonly kind: 'snapshot'; readonly publication: SnapshotRequest }
  | { readonly kind: 'serve'; readonly request: ServeRequest };

/** What the main thread says. */
export type ToWorker =
  | { readonly kind: 'request'; readonly id: number; readonly request: WorkerRequest }
  | { readonly kind: 'published' }
  | { readonly kind: 'use'; readonly settings: WorkerSettings }
  | { readonly kind: 'tls'; readonly tls: LdapTls }
  | { readonly kind: 'revoke'; readonly order: RevocationOrder }
  | { readonly kind: 'verdict'; readonly id: number; readonly outcome: BindOutcome }
  | { readonly kind: 'verdict'; readonly id: number; readonly failure: TransferredError }
  | { readonly kind: 'stop'; readonly graceMs: number };

/** Where a bind comes from; see `BindContext`. */
export interface TransferredContext {
  readonly remoteAddress: string;
  readonly secure: boolean;
  readonly authorizationId?: string;
}

/** A bind that the main thread decides. */
export type BindRequest =
  | { readonly kind: 'simple'; readonly name: string; readonly password: Uint8Array }
  | { readonly kind: 'external'; readonly certificate: Uint8Array };

/** What a thread says. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly addresses: readonly LdapListener[] }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: TransferredError }
  | {
      readonly kind: 'bind';
      readonly id: number;
      readonly bind: BindRequest;
      readonly context: TransferredContext;
    }
  | { readonly kind: 'abandon'; readonly id: number }
  | { readonly kind: 'statistics'; readonly statistics: LdapStatistics }
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly event: string;
      readonly fields: LogFields | undefined;
      readonly cause: TransferredError | undefined;
    };

/** An error as it crosses threads. */
export interface TransferredError {
  readonly message: string;
  readonly stack: string | undefined;
  /** `code`, `address` and `port` of an error of the system, where it has them. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** Makes an error ready to cross. */
export function transferred(error: unknown): TransferredError {
  if (!(error instanceof Error)) return { message: String(error), stack: undefined, details: {} };
  const details: Record<string, string | number> = {};
  for (const name of ['code', 'address', 'port']) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === 'string' || typeof value === 'number') details[name] = value;
  }
  return { message: error.message, stack: error.stack, details };
}

/** The error on the other side. */
export function restored({ message, stack, details }: TransferredError): Error {
  return Object.assign(new Error(message), stack === undefined ? details : { ...details, stack });
}

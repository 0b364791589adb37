import type { AccessRules } from '../directory/access.ts';
import type { SafetyLimits } from '../identity/safety.ts';
import type { NetworkBlock } from '../identity/app-password.ts';
import type { Secret } from '../identity/secret.ts';
import type { TenantId } from '../identity/ids.ts';
import type { ReadingMode } from '../identity/reading.ts';
import type { Scope } from '../identity/scope.ts';
import type { BindConfig } from './config-bind.ts';
import type { HttpConfig } from './config-http.ts';
import type { LocalAccount } from './overlay/pieces.ts';
import type { ProjectionSettings } from '../projection/settings.ts';

/** How the daemon proves to Entra who it is. */
export type TenantCredential = {
  /** Where it stands in the document, for instance `tenant.credentials[1]`. */
  readonly name: string;
} & (
  | {
      readonly kind: 'secret';
      readonly secret: Secret;
      /** Milliseconds since the epoch. */
      readonly expiresAtMs: number | undefined;
    }
  | {
      readonly kind: 'certificate';
      /** Private key and certificates as PEM. */
      readonly pem: Secret;
      readonly sendCertificateChain: boolean;
    }
  | {
      readonly kind: 'workloadIdentity';
      /** A path, not the content: the token in the file is renewed all the time. */
      readonly tokenFile: string;
    }
  | {
      readonly kind: 'managedIdentity';
      /** The client id of a user-assigned identity; undefined for that of the machine. */
      readonly clientId: string | undefined;
    }
);

/** A proxy on the way to Microsoft. */
export interface ProxyConfig {
  /** An http or https origin without user and password. */
  readonly url: string;
  /** `user:password`. */
  readonly login: Secret | undefined;
  /** Hosts that are reached without it: names, names with a dot in front for all below them, or `*` for all. */
  readonly bypass: readonly string[];
}

/** The tenant and how it is reached. */
export interface TenantConfig {
  readonly displayName: string | undefined;
  readonly id: TenantId;
  /** A lower-case GUID. */
  readonly clientId: string;
  /** At least one, the preferred first. */
  readonly credentials: readonly TenantCredential[];
  /** An https origin without a trailing slash. */
  readonly authorityHost: string;
  /** An https origin without a trailing slash. */
  readonly graphUrl: string;
  /** Certificate authorities to trust beside the usual ones, as PEM. */
  readonly ca: string | undefined;
  readonly proxy: ProxyConfig | undefined;
  readonly requestTimeoutMs: number;
}

/** One address that the LDAP server listens at. */
export interface ListenerConfig {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly tls: boolean;
}

/** What LDAP clients may use: the limits of the LDAP server that an administrator sets, under the server's names for them. */
export interface LdapLimitsConfig {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly operationsPerConnectionMax: number;
  readonly messageBytesMax: number;
  readonly idleMs: number;
  readonly sizeLimit: number;
  readonly timeLimitMs: number;
}

/** The LDAP server. There is at least one listener, and `tls` is there when a listener needs it. */
export interface LdapConfig {
  readonly listeners: readonly ListenerConfig[];
  readonly requireTlsForBind: boolean;
  /** Where passwords in the clear are accepted from nevertheless. */
  readonly clearPasswordsFrom: readonly NetworkConfig[];
  /** Paths, not contents, so that a renewed certificate can be read again. */
  readonly tls:
    | {
        readonly certFile: string;
        readonly keyFile: string;
        readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
        readonly ciphers: string | undefined;
        /** There unless `clientCertificates` is `none`. */
        readonly clientCaFile: string | undefined;
        readonly clientCertificates: 'none' | 'request' | 'require';
        /** For clients that ask for other names; without `names`, for those in the certificate. */
        readonly further: readonly {
          readonly certFile: string;
          readonly keyFile: string;
          readonly names: readonly string[] | undefined;
        }[];
      }
    | undefined;
  /** How many threads serve; `auto`: as many as there are processors. */
  readonly workers: number | 'auto';
  readonly limits: LdapLimitsConfig;
  /** Entries that one search may look at. */
  readonly lookthroughLimit: number;
}

/** A network of IP addresses; the bits of its address behind the prefix are zero. */
export type NetworkConfig = NetworkBlock;

/** An account of a program that searches the directory. */
export interface ServiceAccountConfig {
  readonly name: string;
  readonly dn: string;
  readonly description: string | undefined;
  /** Whether it can be used. */
  readonly isEnabled: boolean;
  /** Whether the account sees the tree as Active Directory. */
  readonly activeDirectory: boolean;
  /** A bcrypt hash; undefined for an account that only a certificate opens. */
  readonly passwordHash: Secret | undefined;
  /** The subject of the client certificate that opens the account, as a DN. */
  readonly certificateSubject: string | undefined;
  /** A name beside its subject, as `parseAlternativeName` writes it. */
  readonly certificateAltName: string | undefined;
  /** Where binds may come from; undefined: from everywhere. */
  readonly allowFrom: readonly NetworkConfig[] | undefined;
  /** Whether the account may read NT hashes. */
  readonly ntHash: boolean;
  readonly limits: AccountLimitsConfig;
}

/** What one account may use beside what all clients may; undefined: no more limit than theirs. */
export interface AccountLimitsConfig {
  readonly sizeLimit: number | undefined;
  readonly timeLimitMs: number | undefined;
  readonly operationsPerSecond: number | undefined;
  /** There when `operationsPerSecond` is. */
  readonly burst: number | undefined;
  readonly connectionsMax: number | undefined;
}

/** The whole configuration: every value is valid, every default filled in, and nothing of it can be changed. */
export interface Config {
  readonly tenant: TenantConfig;
  readonly directory: {
    readonly baseDn: string;
    readonly users: string;
    readonly groups: string;
    readonly services: string;
    readonly privateGroups: string;
    readonly sudoers: string;
    /** Whether whoever is no service account sees the tree as Active Directory. */
    readonly activeDirectory: boolean;
    /** undefined: by the flavour. */
    readonly memberOf: 'user' | 'operational' | undefined;
  };
  /** Which part of the tenant is read; `projection` narrows it by what the copy can tell. */
  readonly scope: Scope;
  readonly projection: ProjectionSettings;
  /** Only users in the tenant's verified domains are shown; the tenant then says which `projection.users.domains` are. */
  readonly verifiedDomainsOnly: boolean;
  /** Decides which properties are read: `projection`, and in a running daemon the one that it was started with. */
  readonly readBy: ProjectionSettings;
  readonly sync: {
    readonly intervalMs: number;
    /** Without a round that has come to its end for so long, what is served is stale. */
    readonly staleAfterMs: number;
    /** The share of the interval, from 0 to 0.5, by which it varies at random. */
    readonly jitter: number;
    /** How often everything is read anew; undefined: never by schedule. */
    readonly fullIntervalMs: number | undefined;
    /** How often what is not reported is read; a full round reads it too. */
    readonly untrackedIntervalMs: number;
    readonly mode: ReadingMode;
  };
  readonly safety: SafetyLimits;
  /** The folder of the store; relative paths in the file were joined to the file's folder. */
  readonly store: {
    readonly path: string;
    /** What is remembered for going back; of each as much at most. */
    readonly undo: { readonly publicationsMax: number; readonly bytesMax: number; readonly ageMaxMs: number };
    /** Lines that the history keeps. */
    readonly historyEntriesMax: number;
  };
  readonly ldap: LdapConfig;
  readonly http: HttpConfig;
  readonly serviceAccounts: readonly ServiceAccountConfig[];
  readonly access: AccessRules;
  /** The keys that protect what is kept of passwords: given here, or in a file. */
  readonly secrets: {
    /** undefined: in the folder of the store. */
    readonly file: string | undefined;
    /** The newest first, each 32 octets in base64; undefined: those of the file. */
    readonly keys: readonly { readonly id: string; readonly secret: Secret }[] | undefined;
  };
  /** The users of the overlay, who bind without Entra. */
  readonly localAccounts: readonly LocalAccount[];
  readonly bind: BindConfig;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly format: 'auto' | 'text' | 'json' };
}

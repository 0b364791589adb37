import type { ObjectId } from '../../identity/ids.ts';

/** A client secret of an app registration. */
interface ClientSecret {
  readonly value: string;
  readonly expiresAtMs?: number;
}

/** A federated identity credential: whose tokens an app registration trusts. */
export interface FederatedCredential {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
  /** The key of the issuer, as PEM; a real tenant reads it from the issuer's own configuration. */
  readonly publicKey: string;
}

/** An app registration with its service principal in the tenant. */
export interface AppRegistration {
  /** The application (client) id, a lower-case GUID. */
  readonly clientId: string;
  /** The object id of the service principal. */
  readonly objectId: ObjectId;
  readonly displayName: string;
  readonly secrets: readonly ClientSecret[];
  /** Registered public certificates (PEM) for client assertions. */
  readonly certificates: readonly string[];
  /** Application permissions, such as `User.Read.All`. */
  readonly permissions: readonly string[];
  /** false: nobody granted admin consent, so tokens carry no roles. */
  readonly adminConsent: boolean;
  /** "Allow public client flows": the password grant without a client credential. */
  readonly publicClient: boolean;
  /** Tokens of other identity providers that stand in for a secret. */
  readonly federatedCredentials?: readonly FederatedCredential[];
  /** The service principal was disabled by an administrator. */
  readonly disabled?: boolean;
  /** Conditional Access for workload identities lets the application in from other addresses only. */
  readonly blockedAddress?: boolean;
}

/** A user or group that is assigned to the applications of the tenant. */
export interface Assignment {
  readonly principalId: ObjectId;
  readonly principalType: 'User' | 'Group';
}

/** A verified domain of the tenant. */
export interface Domain {
  readonly name: string;
  readonly isDefault: boolean;
  readonly isInitial: boolean;
  readonly authentication: 'Managed' | 'Federated';
}

/** The app registration of every generated tenant. */
export const DEFAULT_CLIENT_ID = '7d3c1f5e-2b64-4a8e-9c0d-5e6f7a8b9c0d';

/** The client secret of the app registration of every generated tenant. */
export const DEFAULT_CLIENT_SECRET = 'simulated-Client.Secret~0123456789';

/** The application permissions that a generated tenant's registration has been granted. */
export const DEFAULT_PERMISSIONS: readonly string[] = [
  'User.Read.All',
  'Group.Read.All',
  'GroupMember.Read.All',
  'Domain.Read.All',
  'Organization.Read.All',
  'Application.Read.All',
];

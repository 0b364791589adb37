/** The ways in which an application can prove to Entra who it is. */
export type CredentialKind = 'secret' | 'certificate' | 'workloadIdentity' | 'managedIdentity';

/** How one credential of the application stands. Holds nothing of the credential itself. */
export interface CredentialReport {
  /** Its place in the configuration, for instance `tenant.credentials[1]`. */
  readonly name: string;
  readonly kind: CredentialKind;
  /** `refused`: Entra refused it when it was last used; `unused`: nothing is known against it and another is in use. */
  readonly state: 'inUse' | 'unused' | 'refused';
  /** Why it was refused, as a sentence for the administrator, else null. */
  readonly problem: string | null;
  /** Milliseconds since the epoch, or null where it is not known. */
  readonly expiresAtMs: number | null;
}

/** What a tenant says about itself, and what is kept of it here. */

/** A domain name that the tenant has proven to own. */
export interface TenantDomain {
  /** In lower case. */
  readonly name: string;
  /** New users get it; also called the primary domain. */
  readonly isDefault: boolean;
  /** The one under `onmicrosoft.com` that the tenant was created with. */
  readonly isInitial: boolean;
  /** Its users sign in at another identity provider. */
  readonly isFederated: boolean;
}

/** A tenant as it was read. */
export interface TenantFacts {
  /** At least one. */
  readonly domains: readonly TenantDomain[];
  /** Whether objects come from an Active Directory too; null where that could not be read. */
  readonly isHybrid: boolean | null;
  /** Milliseconds since the epoch. */
  readonly readAtMs: number;
}

/** Keeps what was read of the tenant last, for as long as the store lives. */
export interface TenantMemory {
  load(): TenantFacts | undefined;
  /** Durable when it resolves. */
  save(facts: TenantFacts): Promise<void>;
}

/** A domain and its users. */
export interface DomainRow extends TenantDomain {
  /** False for a domain of user principal names that the tenant does not list. */
  readonly isVerified: boolean;
  /** Whether `users.domains` lets its users through. */
  readonly isShown: boolean;
  /** Users in scope with a user principal name in it. */
  readonly users: number;
  /** Those of them who have an entry. */
  readonly shown: number;
}

/** The domains of a tenant, and where its users come from. */
export interface DomainsReport {
  /** When the list was read; null when it never was. */
  readonly readAtMs: number | null;
  /** Why the last attempt to read it failed; null when it did not. */
  readonly problem: string | null;
  readonly isHybrid: boolean | null;
  /** Users in scope by where the account was made. */
  readonly accounts: { readonly cloud: number; readonly synchronized: number };
  /** The tenant's own in its order, then others in alphabetical order, at most {@link otherDomainsMax}. */
  readonly domains: readonly DomainRow[];
}

/** So many domains are told that the tenant does not list. */
export const otherDomainsMax = 1000;

import type { SignIn } from '../tenant/sign-in.ts';

/** The domains that a generated tenant is made of. */
export interface GeneratedDomains {
  readonly primary: string;
  /** A second verified domain; some people there have the same short name as someone in the primary one. */
  readonly second: string;
  /** A domain whose people sign in at their own identity provider. */
  readonly federated: string;
  readonly initial: string;
  /** Where guests come from; not a domain of the tenant. */
  readonly partner: string;
}

/** Derives the other domains from the primary one. */
export function generatedDomains(primary: string): GeneratedDomains {
  const label = primary.split('.')[0] ?? primary;
  return {
    primary,
    second: primary === 'fabrikam.com' ? 'contoso.com' : 'fabrikam.com',
    federated: `corp.${primary}`,
    initial: `${label}.onmicrosoft.com`,
    partner: 'northwind.example',
  };
}

/** A person who is in every generated tenant that is large enough, at the index of its place in {@link FIXED_PEOPLE}. */
export interface FixedPerson {
  readonly local: string;
  readonly domain: 'primary' | 'second' | 'federated' | 'guest';
  readonly given: string;
  readonly surname: string;
  readonly enabled: boolean;
  readonly signIn: SignIn;
}

const person = (
  local: string,
  domain: FixedPerson['domain'],
  given: string,
  surname: string,
  signIn: SignIn = 'normal',
  enabled = true,
): FixedPerson => ({ local, domain, given, surname, enabled, signIn });

/** The password of every fixed person. */
export const FIXED_PASSWORD = 'Passw0rd!';

/** The documented people of generated tenants; all have the password {@link FIXED_PASSWORD}. */
export const FIXED_PEOPLE: readonly FixedPerson[] = [
  person('alice', 'primary', 'Alice', 'Ångström'),
  person('bob', 'primary', 'Bob', "O'Neil"),
  person('alice', 'second', 'Alice', 'Smith'),
  person('carol', 'primary', 'Carol', 'García', 'mfaRequired'),
  person('dave', 'primary', 'Dave', 'Müller', 'passwordExpired'),
  person('erin', 'primary', 'Erin', 'Σωκράτους', 'normal', false),
  person('frank', 'guest', 'Frank', 'Иванов', 'guest'),
  person('grace', 'primary', 'Grace', '王', 'conditionalAccess'),
  person('heidi', 'federated', 'Heidi', 'Krüger', 'federated'),
  person('ivan', 'primary', 'Иван', 'Петров', 'locked'),
];

/** Departments of generated people. */
export const DEPARTMENTS: readonly string[] = [
  'Engineering',
  'Sales',
  'Retail',
  'Marketing',
  'Finance',
  'Human Resources',
  'Legal',
  'IT Operations',
  'Research & Development',
  'Kundendienst',
  'Logistik',
  'Покупки',
];

/** Job titles of generated people. */
export const JOB_TITLES: readonly string[] = [
  'Engineer',
  'Senior Engineer',
  'Team Lead',
  'Manager',
  'Analyst',
  'Accountant',
  'Designer',
  'Consultant',
  'Directeur général',
  'Sachbearbeiter',
  'Technician',
];

import type { GraphProperties } from '../../src/identity/change.ts';

/** A filter as an administrator writes it, and what it means. */
export interface ReferenceFilter {
  readonly text: string;
  admits(properties: GraphProperties): boolean;
}

/** What of the configuration decides who is shown, and how. */
export interface ReferenceSettings {
  readonly uidFrom: 'userPrincipalNameLocalPart' | 'userPrincipalName' | 'mailNickname';
  /** How the tenant is read; it must make no difference to what is shown. */
  readonly reading: 'auto' | 'list';
  readonly guests: boolean;
  readonly whenLocked: 'lock' | 'hide';
  readonly domains: readonly string[] | undefined;
  readonly usersFilter: ReferenceFilter | undefined;
  readonly memberOf: readonly string[] | undefined;
  readonly withoutEmail: boolean;
  readonly groupTypes: readonly string[];
  readonly namePrefixes: readonly string[] | undefined;
  readonly groupsFilter: ReferenceFilter | undefined;
  readonly membership: 'transitive' | 'direct';
  readonly allowedGroups: readonly string[] | undefined;
  readonly disabledGroups: readonly string[];
  readonly nested: boolean;
}

/** The settings of a configuration that says nothing. */
export const usualSettings: ReferenceSettings = {
  reading: 'auto',
  uidFrom: 'userPrincipalNameLocalPart',
  guests: false,
  whenLocked: 'lock',
  domains: undefined,
  usersFilter: undefined,
  memberOf: undefined,
  withoutEmail: true,
  groupTypes: ['security', 'mailEnabledSecurity', 'microsoft365', 'distribution'],
  namePrefixes: undefined,
  groupsFilter: undefined,
  membership: 'transitive',
  allowedGroups: undefined,
  disabledGroups: [],
  nested: true,
};

/** The sections of a configuration file that mean these settings. */
export function sectionsOf(settings: ReferenceSettings): Readonly<Record<'users' | 'groups' | 'policy', object>> {
  return {
    users: withoutUndefined({
      uidFrom: settings.uidFrom,
      guests: settings.guests,
      whenLocked: settings.whenLocked,
      domains: settings.domains,
      filter: settings.usersFilter?.text,
      memberOf: settings.memberOf,
    }),
    groups: withoutUndefined({
      withoutEmail: settings.withoutEmail,
      types: settings.groupTypes,
      namePrefixes: settings.namePrefixes,
      filter: settings.groupsFilter?.text,
      membership: settings.membership,
    }),
    policy: withoutUndefined({
      allowedGroups: settings.allowedGroups,
      disabledGroups: settings.disabledGroups,
      nested: settings.nested,
    }),
  };
}

function withoutUndefined(object: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

import type { Config, ServiceAccountConfig } from '../config/config.ts';
import type { MappingSettings } from '../projection/schema-additions.ts';
import type { ProjectionSettings } from '../projection/settings.ts';

/** What of the configuration LDAP is served by: plain data without a secret, so that another thread can be handed it. */
export interface ServedSettings extends Pick<Config, 'directory' | 'access' | 'ldap'> {
  readonly tenant: Pick<Config['tenant'], 'id'>;
  readonly bind: Pick<Config['bind'], 'ntHash' | 'entra' | 'rules' | 'appPasswords' | 'remembered' | 'oneTimeCodes'>;
  readonly projection: Pick<ProjectionSettings, 'baseDn' | 'activeDirectory'> & MappingSettings;
  readonly serviceAccounts: readonly Omit<ServiceAccountConfig, 'passwordHash'>[];
  readonly log: Pick<Config['log'], 'level'>;
}

/** The part of a configuration that LDAP is served by. */
export function servedSettings({
  tenant,
  directory,
  access,
  bind,
  ldap,
  projection,
  serviceAccounts,
  log,
}: Config): ServedSettings {
  const { baseDn, activeDirectory, users, groups } = projection;
  return {
    tenant: { id: tenant.id },
    directory,
    access,
    bind: {
      ntHash: bind.ntHash,
      entra: bind.entra,
      rules: bind.rules,
      appPasswords: bind.appPasswords,
      remembered: bind.remembered,
      oneTimeCodes: bind.oneTimeCodes,
    },
    ldap,
    projection: {
      baseDn,
      activeDirectory,
      users: { attributes: users.attributes },
      groups: { attributes: groups.attributes },
    },
    serviceAccounts: serviceAccounts.map((account) => ({ ...account, passwordHash: undefined })),
    log: { level: log.level },
  };
}

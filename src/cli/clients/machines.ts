import { passwordPlaceholder, usersFilter } from './facts.ts';
import { lines, type Recipe } from './recipe.ts';

/** SSSD: people, groups, sudo rules and SSH keys of Linux machines. */
export const sssd: Recipe = {
  name: 'sssd',
  title: 'SSSD',
  needs: [],
  // Without TLS it does not check passwords at all (sssd-ldap(5)).
  encryptions: ['ldaps', 'startTls'],
  page: 'https://sssd.io/docs/introduction.html',
  files: (facts) => [
    {
      place: '/etc/sssd/sssd.conf',
      text: lines(
        '[sssd]',
        `services = ${['nss', 'pam', ...(facts.hasSshKeys ? ['ssh'] : []), ...(facts.sudoersDn === undefined ? [] : ['sudo'])].join(', ')}`,
        'domains = entra',
        '',
        '[domain/entra]',
        'id_provider = ldap',
        'auth_provider = ldap',
        'access_provider = ldap',
        `sudo_provider = ${facts.sudoersDn === undefined ? 'none' : 'ldap'}`,
        `ldap_uri = ${facts.url}`,
        facts.encryption === 'startTls' ? 'ldap_id_use_start_tls = true' : undefined,
        `ldap_tls_cacert = ${facts.caFile}`,
        'ldap_tls_reqcert = demand',
        `ldap_schema = ${facts.activeDirectory ? 'ad' : 'rfc2307bis'}`,
        facts.activeDirectory ? 'ldap_id_mapping = false' : undefined,
        facts.activeDirectory ? 'ldap_user_home_directory = homeDirectory' : undefined,
        `ldap_search_base = ${facts.baseDn}`,
        facts.sudoersDn === undefined ? undefined : `ldap_sudo_search_base = ${facts.sudoersDn}`,
        `ldap_default_bind_dn = ${facts.bindDn}`,
        `ldap_default_authtok = ${passwordPlaceholder}`,
        facts.hasSshKeys ? 'ldap_user_ssh_public_key = sshPublicKey' : undefined,
        '# Whose account is locked gets in neither by password nor by key.',
        `ldap_access_order = ${facts.groupDn === undefined ? 'expire' : 'filter, expire'}`,
        facts.groupDn === undefined ? undefined : `ldap_access_filter = ${usersFilter(facts)}`,
        `ldap_account_expire_policy = ${facts.activeDirectory ? 'ad' : 'rhds'}`,
      ),
    },
  ],
  steps: ({ sudoersDn }) => [
    'The file must belong to root with mode 0600; then: systemctl restart sssd',
    `/etc/nsswitch.conf needs sss behind passwd, group and shadow${sudoersDn === undefined ? '' : ', and behind sudoers'}; ` +
      'pam-auth-update, or authselect, brings it into PAM, with home directories on request.',
    'Test it with: getent passwd NAME, id NAME, sssctl user-checks NAME',
  ],
};

/** nslcd, with libnss-ldapd and libpam-ldapd. */
export const nslcd: Recipe = {
  name: 'nslcd',
  title: 'nslcd (nss-pam-ldapd)',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://arthurdejong.org/nss-pam-ldapd/nslcd.conf.5',
  files: (facts) => [
    {
      place: '/etc/nslcd.conf',
      text: lines(
        'uid nslcd',
        'gid nslcd',
        `uri ${facts.url}`,
        facts.encryption === 'startTls' ? 'ssl start_tls' : undefined,
        facts.encryption === 'none' ? undefined : `tls_cacertfile ${facts.caFile}`,
        facts.encryption === 'none' ? undefined : 'tls_reqcert demand',
        `base ${facts.baseDn}`,
        `base passwd ${facts.usersDn}`,
        `base group ${facts.groupsDn}`,
        `binddn ${facts.bindDn}`,
        `bindpw ${passwordPlaceholder}`,
        facts.activeDirectory ? 'map passwd uid sAMAccountName' : undefined,
        facts.activeDirectory ? 'filter passwd (&(objectClass=user)(uidNumber=*))' : undefined,
        facts.activeDirectory ? 'filter group (objectClass=group)' : undefined,
        facts.groupDn === undefined
          ? undefined
          : `pam_authz_search (&${usersFilter(facts)}(${facts.activeDirectory ? 'sAMAccountName' : 'uid'}=$username))`,
        'nss_min_uid 1000',
      ),
    },
  ],
  steps: () => [
    'The file must belong to root with mode 0640 and the group nslcd; then: systemctl restart nslcd',
    '/etc/nsswitch.conf needs ldap behind passwd, group and shadow; Debian asks for it when libnss-ldapd is installed.',
    'Test it with: getent passwd NAME, id NAME',
  ],
};

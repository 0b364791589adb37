import { properties } from '../text/table.ts';
import { type DirectoryFacts, loginFilter, passwordPlaceholder, publicAuthorities, usersFilter } from './facts.ts';
import { lines, quoted, type Recipe } from './recipe.ts';

/** Java has a store of its own, which knows the public authorities. */
function javaSteps({ encryption, caFile }: DirectoryFacts): readonly string[] {
  if (encryption === 'none' || caFile === publicAuthorities) return [];
  return [
    `Java reads its own store of authorities: keytool -importcert -cacerts -noprompt -storepass changeit -alias entra-ldapd -file ${caFile}`,
  ];
}

/** GitLab, as installed by its Linux package. */
export const gitlab: Recipe = {
  name: 'gitlab',
  title: 'GitLab',
  // GitLab makes no account for somebody without a mail address.
  needs: ['mail'],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://docs.gitlab.com/administration/auth/ldap/',
  files: (facts) => [
    {
      place: '/etc/gitlab/gitlab.rb',
      text: lines(
        "gitlab_rails['ldap_enabled'] = true",
        "gitlab_rails['ldap_servers'] = YAML.load <<-'EOS'",
        '  main:',
        '    label: Entra ID',
        `    host: ${quoted(facts.host)}`,
        `    port: ${facts.port}`,
        `    uid: ${facts.login}`,
        `    bind_dn: ${quoted(facts.bindDn)}`,
        `    password: ${quoted(passwordPlaceholder)}`,
        `    encryption: ${{ ldaps: 'simple_tls', startTls: 'start_tls', none: 'plain' }[facts.encryption]}`,
        facts.encryption === 'none' ? undefined : '    verify_certificates: true',
        facts.encryption === 'none' ? undefined : '    tls_options:',
        facts.encryption === 'none' ? undefined : `      ca_file: ${quoted(facts.caFile)}`,
        `    active_directory: ${facts.activeDirectory}`,
        '    allow_username_or_email_login: false',
        `    base: ${quoted(facts.usersDn)}`,
        facts.groupDn === undefined ? undefined : `    user_filter: ${quoted(usersFilter(facts))}`,
        `    group_base: ${quoted(facts.groupsDn)}`,
        '    attributes:',
        `      username: [${facts.activeDirectory ? 'sAMAccountName' : 'uid'}]`,
        '      email: [mail]',
        '      name: displayName',
        '      first_name: givenName',
        '      last_name: sn',
        'EOS',
      ),
    },
  ],
  steps: () => [
    'Then: gitlab-ctl reconfigure',
    'Test it with: gitlab-rake gitlab:ldap:check',
    'Groups (group_base) are read by GitLab Premium and Ultimate alone.',
  ],
};

/** Grafana. */
export const grafana: Recipe = {
  name: 'grafana',
  title: 'Grafana',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://grafana.com/docs/grafana/latest/setup-grafana/configure-security/configure-authentication/ldap/',
  files: (facts) => [
    {
      place: '/etc/grafana/grafana.ini',
      text: lines('[auth.ldap]', 'enabled = true', 'config_file = /etc/grafana/ldap.toml'),
    },
    {
      place: '/etc/grafana/ldap.toml',
      text: lines(
        '[[servers]]',
        `host = ${quoted(facts.host)}`,
        `port = ${facts.port}`,
        `use_ssl = ${facts.encryption !== 'none'}`,
        `start_tls = ${facts.encryption === 'startTls'}`,
        'ssl_skip_verify = false',
        `root_ca_cert = ${quoted(facts.caFile)}`,
        `bind_dn = ${quoted(facts.bindDn)}`,
        `bind_password = ${quoted(passwordPlaceholder)}`,
        `search_filter = ${quoted(loginFilter(facts, '%s'))}`,
        `search_base_dns = [${quoted(facts.usersDn)}]`,
        '',
        '[servers.attributes]',
        `username = ${quoted(facts.activeDirectory ? 'sAMAccountName' : 'uid')}`,
        'name = "givenName"',
        'surname = "sn"',
        'email = "mail"',
        'member_of = "memberOf"',
        '',
        '# Everybody who gets in may look; put a block with the DN of a group, and Admin or Editor, before this one.',
        '[[servers.group_mappings]]',
        `group_dn = ${quoted(facts.groupDn ?? '*')}`,
        'org_role = "Viewer"',
      ),
    },
  ],
  steps: () => [
    'Then: systemctl restart grafana-server',
    'Test it in Administration > Authentication > LDAP, which shows what a user would get.',
  ],
};

/** Jira, Confluence, Bitbucket and Crowd. */
export const jira: Recipe = {
  name: 'jira',
  title: 'Jira (also Confluence, Bitbucket, Crowd)',
  needs: ['mail', 'displayName'],
  encryptions: ['ldaps', 'none'],
  page: 'https://confluence.atlassian.com/adminjiraserver/connecting-to-an-ldap-directory-938847052.html',
  files: (facts) => [
    {
      place: 'User management > User directories > Add directory > LDAP',
      text: `${properties([
        ['Directory type', facts.activeDirectory ? 'Microsoft Active Directory' : 'OpenLDAP'],
        ['Hostname', facts.host],
        ['Port', String(facts.port)],
        ['Use SSL', facts.encryption === 'ldaps' ? 'yes' : 'no'],
        ['Username', facts.bindDn],
        ['Password', passwordPlaceholder],
        ['Base DN', facts.baseDn],
        ['Additional user DN', facts.users],
        ['Additional group DN', facts.groups],
        ['LDAP permissions', 'Read only, with local groups'],
        ['Enable nested groups', 'no'],
        ['User object class', facts.userClass],
        ['User object filter', usersFilter(facts)],
        ['User name attribute', facts.login],
        ['User name RDN attribute', 'uid'],
        ['User first name attribute', 'givenName'],
        ['User last name attribute', 'sn'],
        ['User display name attribute', 'displayName'],
        ['User email attribute', 'mail'],
        ['User unique ID attribute', facts.activeDirectory ? 'objectGUID' : 'entryUUID'],
        ['Group object class', facts.groupClass],
        ['Group object filter', `(objectClass=${facts.groupClass})`],
        ['Group name attribute', 'cn'],
        ['Group description attribute', 'description'],
        ['Group members attribute', 'member'],
        ['User membership attribute', 'memberOf'],
      ])}\n`,
    },
  ],
  steps: (facts) => [
    ...javaSteps(facts),
    'Press "Quick Test", and after the first synchronization look at User management for the number of users.',
  ],
};

/** Jenkins with the LDAP plugin, by configuration as code. */
export const jenkins: Recipe = {
  name: 'jenkins',
  title: 'Jenkins',
  needs: [],
  encryptions: ['ldaps', 'none'],
  page: 'https://plugins.jenkins.io/ldap/',
  files: (facts) => [
    {
      place: 'jenkins.yaml (configuration as code)',
      text: lines(
        'jenkins:',
        '  securityRealm:',
        '    ldap:',
        '      configurations:',
        `        - server: ${quoted(facts.url)}`,
        `          rootDN: ${quoted(facts.baseDn)}`,
        '          inhibitInferRootDN: false',
        `          managerDN: ${quoted(facts.bindDn)}`,
        `          managerPasswordSecret: ${quoted(passwordPlaceholder)}`,
        `          userSearchBase: ${quoted(facts.users)}`,
        `          userSearch: ${quoted(loginFilter(facts, '{0}'))}`,
        `          groupSearchBase: ${quoted(facts.groups)}`,
        `          groupSearchFilter: ${quoted(`(&(objectClass=${facts.groupClass})(cn={0}))`)}`,
        '          groupMembershipStrategy:',
        '            fromGroupSearch:',
        `              filter: ${quoted(`(&(objectClass=${facts.groupClass})(member={0}))`)}`,
        '          displayNameAttributeName: displayName',
        '          mailAddressAttributeName: mail',
        '      userIdStrategy: CaseInsensitive',
        '      groupIdStrategy: CaseInsensitive',
      ),
    },
  ],
  steps: (facts) => [
    ...javaSteps(facts),
    'By hand: Manage Jenkins > Security > Security Realm: LDAP, with the same values; "Test LDAP settings" tells what is wrong.',
    'Keep a way in before saving: a wrong security realm locks everybody out.',
  ],
};

/** Nextcloud with the app user_ldap, by its command line. */
export const nextcloud: Recipe = {
  name: 'nextcloud',
  title: 'Nextcloud',
  needs: ['displayName'],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://docs.nextcloud.com/server/latest/admin_manual/configuration_user/user_auth_ldap.html',
  files: (facts) => [
    {
      place: 'a shell, as the user that PHP runs as (www-data), in the folder of Nextcloud',
      text: lines(
        'php occ app:enable user_ldap',
        'CONFIG=$(php occ ldap:create-empty-config --only-print-prefix)',
        ...nextcloudSettings(facts).map(
          ([key, value]) => `php occ ldap:set-config "$CONFIG" ${key} '${value.replaceAll("'", String.raw`'\''`)}'`,
        ),
        'php occ ldap:test-config "$CONFIG"',
      ),
    },
  ],
  steps: (facts) => [
    ...(facts.encryption === 'none'
      ? []
      : [`PHP reads the authorities from /etc/ldap/ldap.conf: TLS_CACERT ${facts.caFile}`]),
    'Test it with: php occ ldap:check-user NAME',
  ],
};

function nextcloudSettings(facts: DirectoryFacts): readonly (readonly [key: string, value: string])[] {
  return [
    ['ldapHost', facts.encryption === 'ldaps' ? `ldaps://${facts.host}` : facts.host],
    ['ldapPort', String(facts.port)],
    ['ldapTLS', facts.encryption === 'startTls' ? '1' : '0'],
    ['turnOffCertCheck', '0'],
    ['ldapAgentName', facts.bindDn],
    ['ldapAgentPassword', passwordPlaceholder],
    ['ldapBase', facts.baseDn],
    ['ldapBaseUsers', facts.usersDn],
    ['ldapBaseGroups', facts.groupsDn],
    ['ldapUserFilter', usersFilter(facts)],
    ['ldapLoginFilter', loginFilter(facts, '%uid')],
    ['ldapUserDisplayName', 'displayName'],
    ['ldapEmailAttribute', 'mail'],
    ['ldapGroupFilter', `(objectClass=${facts.groupClass})`],
    ['ldapGroupDisplayName', 'cn'],
    ['ldapGroupMemberAssocAttr', 'member'],
    ['useMemberOfToDetectMembership', '1'],
    ['ldapExpertUUIDUserAttr', facts.activeDirectory ? 'objectGUID' : 'entryUUID'],
    ['ldapExpertUUIDGroupAttr', facts.activeDirectory ? 'objectGUID' : 'entryUUID'],
    ['ldapExpertUsernameAttr', facts.activeDirectory ? 'sAMAccountName' : 'uid'],
    ['ldapPagingSize', '500'],
    ['turnOnPasswordChange', '0'],
    ['ldapConfigurationActive', '1'],
  ];
}

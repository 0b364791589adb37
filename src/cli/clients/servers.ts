import { type DirectoryFacts, loginFilter, passwordPlaceholder, usersFilter } from './facts.ts';
import { lines, quoted, type Recipe } from './recipe.ts';

/** Apache HTTP Server with mod_authnz_ldap. */
export const apache: Recipe = {
  name: 'apache',
  title: 'Apache HTTP Server',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://httpd.apache.org/docs/2.4/mod/mod_authnz_ldap.html',
  files: (facts) => [
    {
      place: '/etc/apache2/conf-available/entra-ldapd.conf',
      text: lines(
        facts.encryption === 'none' ? undefined : `LDAPTrustedGlobalCert CA_BASE64 ${quoted(facts.caFile)}`,
        '',
        '<Location "/private">',
        '  AuthType Basic',
        '  AuthName "Entra ID"',
        '  AuthBasicProvider ldap',
        `  AuthLDAPURL "${facts.url}/${facts.usersDn}?${facts.login}?sub?(objectClass=${facts.userClass})"${facts.encryption === 'startTls' ? ' STARTTLS' : ''}`,
        `  AuthLDAPBindDN ${quoted(facts.bindDn)}`,
        `  AuthLDAPBindPassword ${quoted(passwordPlaceholder)}`,
        '  AuthLDAPGroupAttribute member',
        facts.groupDn === undefined ? '  Require valid-user' : `  Require ldap-group ${facts.groupDn}`,
        '</Location>',
      ),
    },
  ],
  steps: () => [
    'Then: a2enmod authnz_ldap && a2enconf entra-ldapd && apachectl configtest && systemctl reload apache2',
    'The file holds a password: mode 0640, root:root. Serve the location over HTTPS alone.',
  ],
};

/** Postfix: who has a mailbox, and the members of mail groups. */
export const postfix: Recipe = {
  name: 'postfix',
  title: 'Postfix',
  needs: ['mail', 'proxyAddresses'],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://www.postfix.org/ldap_table.5.html',
  files: (facts) => [
    {
      place: '/etc/postfix/entra-mailboxes.cf',
      text: lines(
        ...postfixConnection(facts),
        `search_base = ${facts.usersDn}`,
        `query_filter = (&${usersFilter(facts)}(|(mail=%s)(proxyAddresses=smtp:%s)))`,
        'result_attribute = uid',
      ),
    },
    {
      place: '/etc/postfix/entra-groups.cf',
      text: lines(
        ...postfixConnection(facts),
        `search_base = ${facts.groupsDn}`,
        `query_filter = (&(objectClass=${facts.groupClass})(|(mail=%s)(proxyAddresses=smtp:%s)))`,
        'result_attribute =',
        'leaf_result_attribute = mail',
        'special_result_attribute = member',
      ),
    },
    {
      place: '/etc/postfix/main.cf: these lines',
      text: lines(
        'virtual_mailbox_maps = proxy:ldap:/etc/postfix/entra-mailboxes.cf',
        'virtual_alias_maps = proxy:ldap:/etc/postfix/entra-groups.cf',
      ),
    },
  ],
  steps: () => [
    'The files hold a password: mode 0640, root:postfix. Then: systemctl reload postfix',
    'Test it with: postmap -q ADDRESS ldap:/etc/postfix/entra-mailboxes.cf',
    'virtual_mailbox_domains, and where the mail goes, are yours to set; SMTP AUTH asks Dovecot: entra-ldapd client-config dovecot',
  ],
};

function postfixConnection({ url, encryption, caFile, bindDn }: DirectoryFacts): readonly (string | undefined)[] {
  return [
    `server_host = ${url}`,
    'version = 3',
    encryption === 'startTls' ? 'start_tls = yes' : undefined,
    encryption === 'none' ? undefined : `tls_ca_cert_file = ${caFile}`,
    encryption === 'none' ? undefined : 'tls_require_cert = yes',
    'bind = yes',
    `bind_dn = ${bindDn}`,
    `bind_pw = ${passwordPlaceholder}`,
  ];
}

/** Dovecot 2.3. */
export const dovecot: Recipe = {
  name: 'dovecot',
  title: 'Dovecot 2.3',
  needs: ['mail'],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://doc.dovecot.org/2.3/configuration_manual/authentication/ldap/',
  files: (facts) => [
    {
      place: '/etc/dovecot/dovecot-ldap.conf.ext',
      text: lines(
        `uris = ${facts.url}`,
        facts.encryption === 'startTls' ? 'tls = yes' : undefined,
        facts.encryption === 'none' ? undefined : `tls_ca_cert_file = ${facts.caFile}`,
        facts.encryption === 'none' ? undefined : 'tls_require_cert = demand',
        `dn = ${facts.bindDn}`,
        `dnpass = ${passwordPlaceholder}`,
        'ldap_version = 3',
        '# Passwords are checked by a bind: nobody can read them.',
        'auth_bind = yes',
        `base = ${facts.usersDn}`,
        'scope = subtree',
        `pass_filter = (&${usersFilter(facts)}(|(${facts.login}=%n)(mail=%u)))`,
        'pass_attrs = uid=user',
        `user_filter = (&${usersFilter(facts)}(|(uid=%n)(mail=%u)))`,
        'user_attrs = homeDirectory=home,uidNumber=uid,gidNumber=gid',
        `iterate_filter = ${usersFilter(facts)}`,
        'iterate_attrs = uid=user',
      ),
    },
    {
      place: '/etc/dovecot/conf.d/10-auth.conf: this line, in place of auth-system.conf.ext',
      text: lines('!include auth-ldap.conf.ext'),
    },
  ],
  steps: () => [
    'The file holds a password: mode 0600, root:root. Then: systemctl reload dovecot',
    'Test it with: doveadm auth test NAME, and doveadm user NAME',
    'Mail programs log in again and again, and cannot show a second factor: app passwords spare Entra and people that (docs/binding.md).',
  ],
};

/** PostgreSQL, search+bind mode of pg_hba.conf. */
export const postgresql: Recipe = {
  name: 'postgresql',
  title: 'PostgreSQL',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://www.postgresql.org/docs/current/auth-ldap.html',
  files: (facts) => [
    {
      place: 'pg_hba.conf: this line, before those that it is to have precedence over',
      text: lines(
        [
          'hostssl all all samenet ldap',
          `ldapserver=${inHba(facts.host)}`,
          `ldapport=${facts.port}`,
          facts.encryption === 'ldaps' ? 'ldapscheme=ldaps' : undefined,
          facts.encryption === 'startTls' ? 'ldaptls=1' : undefined,
          `ldapbasedn=${inHba(facts.usersDn)}`,
          `ldapbinddn=${inHba(facts.bindDn)}`,
          `ldapbindpasswd=${inHba(passwordPlaceholder)}`,
          `ldapsearchfilter=${inHba(loginFilter(facts, '$username'))}`,
        ]
          .filter((word) => word !== undefined)
          .join(' '),
      ),
    },
  ],
  steps: (facts) => [
    ...(facts.encryption === 'none'
      ? []
      : [`The server reads the authorities from /etc/ldap/ldap.conf: TLS_CACERT ${facts.caFile}`]),
    'Then: SELECT pg_reload_conf(); and look for mistakes with: SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL;',
    'LDAP checks passwords alone: every person needs a role of that name (CREATE ROLE "NAME" LOGIN), which ldap2pg can keep.',
  ],
};

/** A text as pg_hba.conf reads it, which knows no escapes but a doubled quotation mark. */
function inHba(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

import { shellWord } from '../demo/shell-words.ts';
import { properties } from '../text/table.ts';
import { loginFilter, passwordPlaceholder, usersFilter } from './facts.ts';
import { lines, quoted, type Recipe } from './recipe.ts';

/** FreeRADIUS 3: passwords that come in clear (PAP, EAP-TTLS with PAP) are checked by a bind. */
export const freeradius: Recipe = {
  name: 'freeradius',
  title: 'FreeRADIUS 3',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://wiki.freeradius.org/modules/Rlm_ldap',
  files: (facts) => [
    {
      place: '/etc/freeradius/3.0/mods-enabled/ldap',
      text: lines(
        'ldap {',
        `  server = '${facts.url}'`,
        `  identity = '${facts.bindDn}'`,
        `  password = '${passwordPlaceholder}'`,
        `  base_dn = '${facts.baseDn}'`,
        '  user {',
        `    base_dn = '${facts.usersDn}'`,
        `    filter = "${loginFilter(facts, '%{%{Stripped-User-Name}:-%{User-Name}}').replaceAll('\\', '\\\\')}"`,
        '  }',
        '  group {',
        `    base_dn = '${facts.groupsDn}'`,
        `    filter = '(objectClass=${facts.groupClass})'`,
        "    name_attribute = 'cn'",
        "    membership_attribute = 'memberOf'",
        '  }',
        facts.encryption === 'none' ? undefined : '  tls {',
        facts.encryption === 'startTls' ? '    start_tls = yes' : undefined,
        facts.encryption === 'none' ? undefined : `    ca_file = '${facts.caFile}'`,
        facts.encryption === 'none' ? undefined : "    require_cert = 'demand'",
        facts.encryption === 'none' ? undefined : '  }',
        '  pool {',
        '    start = 0',
        '    min = 0',
        '    max = 16',
        '    spare = 1',
        '    idle_timeout = 60',
        '  }',
        '}',
      ),
    },
    {
      place: '/etc/freeradius/3.0/sites-enabled/default, and inner-tunnel for EAP-TTLS: these sections',
      text: lines(
        'authorize {',
        '  ldap',
        '  if ((ok || updated) && &User-Password) {',
        '    update control {',
        '      &Auth-Type := LDAP',
        '    }',
        '  }',
        '}',
        'authenticate {',
        '  Auth-Type LDAP {',
        '    ldap',
        '  }',
        '}',
      ),
    },
  ],
  steps: () => [
    'Test it with: freeradius -XC, then freeradius -X and radtest NAME PASSWORD 127.0.0.1 0 testing123',
    'PEAP and MS-CHAP never show the server a password; docs/samba.md says what they take.',
  ],
};

/** OpenVPN with the plugin openvpn-auth-ldap. */
export const openvpn: Recipe = {
  name: 'openvpn',
  title: 'OpenVPN (openvpn-auth-ldap)',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://github.com/threerings/openvpn-auth-ldap',
  files: (facts) => [
    {
      place: '/etc/openvpn/auth-ldap.conf',
      text: lines(
        '<LDAP>',
        `  URL ${facts.url}`,
        `  BindDN ${quoted(facts.bindDn)}`,
        `  Password ${quoted(passwordPlaceholder)}`,
        '  Timeout 15',
        `  TLSEnable ${facts.encryption === 'startTls' ? 'yes' : 'no'}`,
        '  FollowReferrals no',
        facts.encryption === 'none' ? undefined : `  TLSCACertFile ${facts.caFile}`,
        '</LDAP>',
        '<Authorization>',
        `  BaseDN ${quoted(facts.usersDn)}`,
        `  SearchFilter ${quoted(loginFilter(facts, '%u'))}`,
        '  RequireGroup false',
        '</Authorization>',
      ),
    },
    {
      place: '/etc/openvpn/server/server.conf: these lines',
      text: lines(
        'plugin /usr/lib/openvpn/openvpn-auth-ldap.so /etc/openvpn/auth-ldap.conf',
        'username-as-common-name',
      ),
    },
  ],
  steps: () => [
    'The file must be readable by root alone; clients need auth-user-pass.',
    'OpenVPN asks for the password again at each renegotiation (reneg-sec): auth-gen-token spares people that.',
  ],
};

/** FortiGate, at its command line. */
export const fortigate: Recipe = {
  name: 'fortigate',
  title: 'FortiGate (FortiOS)',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://docs.fortinet.com/document/fortigate/7.2.2/cli-reference/511620',
  files: (facts) => [
    {
      place: 'the command line',
      text: lines(
        'config user ldap',
        '  edit "entra"',
        `    set server ${quoted(facts.host)}`,
        `    set port ${facts.port}`,
        `    set secure ${{ ldaps: 'ldaps', startTls: 'starttls', none: 'disable' }[facts.encryption]}`,
        facts.encryption === 'none' ? undefined : '    set ca-cert "CA_Cert_1"',
        facts.encryption === 'none' ? undefined : '    set server-identity-check enable',
        `    set cnid ${quoted(facts.login)}`,
        `    set dn ${quoted(facts.usersDn)}`,
        '    set type regular',
        `    set username ${quoted(facts.bindDn)}`,
        `    set password ${passwordPlaceholder}`,
        '    set group-member-check user-attr',
        '    set member-attr "memberOf"',
        '  next',
        'end',
        'config user group',
        '  edit "entra-vpn"',
        '    set member "entra"',
        facts.groupDn === undefined ? undefined : '    config match',
        facts.groupDn === undefined ? undefined : '      edit 1',
        facts.groupDn === undefined ? undefined : '        set server-name "entra"',
        facts.groupDn === undefined ? undefined : `        set group-name ${quoted(facts.groupDn)}`,
        facts.groupDn === undefined ? undefined : '      next',
        facts.groupDn === undefined ? undefined : '    end',
        '  next',
        'end',
      ),
    },
  ],
  steps: ({ encryption }) => [
    ...(encryption === 'none'
      ? []
      : [
          'Import the authority first (System > Certificates > CA certificate); CA_Cert_1 is the name of the first one.',
        ]),
    'Test it with: diagnose test authserver ldap entra NAME PASSWORD',
    'A VPN that asks only for the password goes without the second factor of Entra: see docs/binding.md for one-time codes.',
  ],
};

/** Synology DSM, in its pages. */
export const synology: Recipe = {
  name: 'synology',
  title: 'Synology DSM',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://kb.synology.com/en-global/DSM/help/DSM/AdminCenter/file_directory_service_join',
  files: (facts) => [
    {
      place: 'Control Panel > Domain/LDAP > Join',
      text: `${properties([
        ['Server type', 'LDAP'],
        ['Server address', facts.host],
        ['Bind DN', facts.bindDn],
        ['Password', passwordPlaceholder],
        ['Encryption', { ldaps: 'SSL/TLS', startTls: 'STARTTLS', none: 'None' }[facts.encryption]],
        ['Base DN', facts.baseDn],
        ['Profile', 'Custom'],
        ['filter passwd', usersFilter(facts).replace('inetOrgPerson', 'posixAccount')],
        ['filter group', `(objectClass=${facts.groupClass})`],
        ['passwd uid', facts.activeDirectory ? 'sAMAccountName' : 'uid'],
        ['passwd uidNumber', 'uidNumber'],
        ['passwd gidNumber', 'gidNumber'],
        ['group cn', 'cn'],
        ['group gidNumber', 'gidNumber'],
        ['group memberUid', 'memberUid'],
      ])}\n`,
    },
  ],
  steps: ({ port, encryption }) => [
    ...(port === (encryption === 'ldaps' ? 636 : 389) ? [] : [`DSM asks for no port: add :${port} to the address.`]),
    'Leave "Enable UID/GID shifting" off: the numbers here are kept for ever.',
    'Shares over SMB need NT hashes (docs/samba.md), or "Enable CIFS plain text password authentication", which Windows refuses ' +
      'by default; DSM itself, WebDAV and SFTP work with passwords of Entra.',
  ],
};

/** Proxmox Virtual Environment, at its command line. */
export const proxmox: Recipe = {
  name: 'proxmox',
  title: 'Proxmox VE',
  needs: [],
  encryptions: ['ldaps', 'startTls', 'none'],
  page: 'https://pve.proxmox.com/pve-docs/pveum.1.html',
  files: (facts) => [
    {
      place: 'a shell, as root',
      text: lines(
        'pveum realm add entra --type ldap \\',
        `  --server1 ${shellWord(facts.host)} --port ${facts.port} \\`,
        `  --mode ${{ ldaps: 'ldaps', startTls: 'ldap+starttls', none: 'ldap' }[facts.encryption]} \\`,
        facts.encryption === 'none' ? undefined : `  --verify 1 --capath ${shellWord(facts.caFile)} \\`,
        `  --base_dn ${shellWord(facts.usersDn)} --user_attr ${facts.login} \\`,
        `  --bind_dn ${shellWord(facts.bindDn)} --password ${passwordPlaceholder} \\`,
        `  --filter ${shellWord(usersFilter(facts))} --user_classes ${facts.userClass} \\`,
        '  --sync_attributes email=mail,firstname=givenName,lastname=sn \\',
        `  --group_dn ${shellWord(facts.groupsDn)} --group_classes ${facts.groupClass} --group_name_attr cn`,
        'pveum realm sync entra --scope both --dry-run 1',
      ),
    },
  ],
  steps: () => [
    'Read what the dry run lists, then: pveum realm sync entra --scope both --enable-new 1',
    'People then log in as NAME in the realm entra, and have the rights that are given to them, or to NAME-entra for a group.',
  ],
};

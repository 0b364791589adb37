import { flag, integer, list, plainText, section } from './leaf.ts';
import { isOneLine } from './names.ts';

const groups = list(
  'Whom the rule is about: the members of any of these groups, as LDAP shows them. Without this key, everybody.',
  256,
  plainText({
    description: 'The name (cn) or the object id of a group.',
    expected: 'must be the name or the object id of a group, at most 256 characters on one line',
    examples: ['staff', '22222222-2222-2222-2222-222222222222'],
    accept: (name) => isOneLine(name, 256),
  }),
);

const services = list(
  'Where the rule applies: to logins from the networks (allowFrom) of any of these service accounts. Without this key, from everywhere.',
  64,
  plainText({
    description: 'The name of a service account that has allowFrom.',
    expected: 'must be the name of a service account, at most 64 characters on one line',
    examples: ['vpn'],
    accept: (name) => isOneLine(name, 64),
  }),
);

/** Who may log in how. */
export const bindRules = list(
  'Who may log in how, by groups and by where the login comes from. For each of the keys local, appPasswords, entra, remembered and ' +
    'codeRequired the first rule that is about the person and the place, and has the key, decides; else the setting for everybody.',
  256,
  section('One rule.', {
    groups: groups.optional(),
    services: services.optional(),
    local: flag('Whether the passwords of overlay files let them in.').optional(),
    appPasswords: flag('Whether app passwords let them in.').optional(),
    entra: flag('Whether the password of Entra lets them in, remembered or not.').optional(),
    remembered: flag('Whether the password of Entra lets them in without Entra being asked.').optional(),
    codeRequired: flag(
      'Whether every password wants a one-time code behind it: one of the app password, or one that was set up for the person by ' +
        'entra-ldapd one-time-code create.',
    ).optional(),
  }),
);

/** One-time codes of people. */
export const oneTimeCodes = section(
  'One-time codes (RFC 6238), which are typed right behind the password. They are checked here, not by Entra.',
  {
    required: flag(
      'Whether everybody has to show one with every password. Who has none set up then gets in no more; bind.rules demands them of some.',
    ).prefault(false),
    window: integer({
      description: 'Steps of 30 seconds by which the clock of an authenticator may be off, in both directions.',
      min: 0,
      max: 10,
    }).prefault(1),
  },
);

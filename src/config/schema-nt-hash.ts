import { isDomainSid } from '../projection/samba-sid.ts';
import { duration, flag, list, plainText, section, text } from './leaf.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const sidExpected =
  'must be the SID of a domain: S-1-5-21 and three numbers below 4294967296, as "net getlocalsid" prints it on a Samba server, for instance S-1-5-21-1004336348-1177238915-682003330';

/** NT hashes for servers that cannot check passwords otherwise. */
export const ntHash = section(
  'NT hashes of passwords that Entra has found right, for Samba and for MS-CHAP in RADIUS. Whoever has one can sign in with it where NTLM is spoken: read docs/samba.md first.',
  {
    enabled: flag('Whether they are kept. When this is turned off, those that were kept are deleted.').prefault(false),
    maxAge: duration({
      description:
        'How long after Entra has found the password right. Whoever has not logged in through this server since cannot use Samba or MS-CHAP.',
      min: HOUR,
      max: 366 * DAY,
    }).prefault('30d'),
    acceptProven: flag(
      'Whether one is also kept of a password that Entra has answered with a code of bind.entra.acceptProven.',
    ).prefault(false),
    sambaDomains: list(
      'The names under which Samba servers look for their domain: the NetBIOS name of each standalone server (smb.conf: netbios name).',
      1000,
      plainText({
        description: 'A NetBIOS name.',
        expected:
          'must be a NetBIOS name: 1 to 15 letters, digits, hyphens, underscores and dots, for instance FILESERVER',
        examples: ['FILESERVER'],
        accept: (name) => /^[A-Za-z0-9_.-]{1,15}$/.test(name),
      }),
    ).prefault([]),
    sambaSid: text({
      description:
        'The SID that the SIDs of all users and groups begin with (sambaSID). Without this key, one that follows from tenant.id.',
      expected: sidExpected,
      examples: ['S-1-5-21-1004336348-1177238915-682003330'],
      parse: (input) => (isDomainSid(input) ? { value: input } : { problem: sidExpected }),
    }).optional(),
  },
);

/** Whether a service account may read them. */
export const ntHashGrant = flag(
  'Whether the account may read the NT hashes of the users that it may read, and what else Samba asks for (sambaSID and so on). It needs bind.ntHash.',
);

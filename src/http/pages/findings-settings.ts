import type { StatusReport } from '../../identity/admin.ts';
import { count, counted } from '../../wording/quantities.ts';
import type { Finding } from './finding.ts';

/** What of the configuration is not in use, and what in it has no effect. */
export function settingsFindings(status: StatusReport): readonly Finding[] {
  return [...configFindings(status), ...effectFindings(status)];
}

function configFindings({ config, settingsPending, sync }: StatusReport): readonly Finding[] {
  const findings: Finding[] = [];
  const problems = config?.problems ?? [];
  if (problems.length > 0) {
    findings.push({
      tone: 'bad',
      title: `The configuration file has ${counted(problems.length, 'problem')} and is not taken over`,
      advice: problems.slice(0, 5).join('\n'),
    });
  }
  const restart = config?.needsRestart ?? [];
  if (restart.length > 0)
    findings.push({
      tone: 'warn',
      title: 'A restart is needed for what has changed in the configuration',
      advice: restart.join(', '),
    });
  if (settingsPending && sync.held === null)
    findings.push({
      tone: 'warn',
      title: 'The configuration has changed',
      advice: 'It is shown when the open round is complete.',
    });
  return findings;
}

const noEffect = {
  allowedGroups: ['policy.allowedGroups', 'lets nobody in'],
  disabledGroups: ['policy.disabledGroups', 'locks nobody'],
  primaryGroup: ['users.primaryGroup.groups', 'is nobody’s primary group'],
} as const;

function effectFindings({
  binds,
  unknownPolicyGroups,
  unreadableProperties,
  sudo,
  overlay,
}: StatusReport): readonly Finding[] {
  const groups = unknownPolicyGroups.map(({ list, group, found }): Finding => {
    const [key, effect] = noEffect[list];
    const who = found === 0 ? `no group is called “${group}”` : `${count(found)} groups are called “${group}”`;
    return {
      tone: 'warn',
      title: `An entry of ${key} has no effect`,
      advice: `It ${effect}, for ${who}. An object id is always unambiguous.`,
    };
  });
  const properties = unreadableProperties.map(
    ({ collection, property, permission }): Finding => ({
      tone: 'warn',
      title: `${property} of ${collection} cannot be read`,
      advice: `Give the application the permission ${permission} and grant admin consent. What is known of it stays.`,
    }),
  );
  const rules = (sudo?.hidden ?? []).map(
    (rule): Finding => ({
      tone: 'warn',
      title: `The sudo rule ${rule} is not served`,
      advice: 'Nobody is left in it.',
    }),
  );
  const lines = overlay?.findings.length ?? 0;
  const overlays: readonly Finding[] =
    lines === 0
      ? []
      : [
          {
            tone: 'warn',
            title: `${counted(lines, 'line')} of the overlay files do not do what they say`,
            advice: 'entra-ldapd status lists them with their places.',
          },
        ];
  const unknown = binds.rules.flatMap(({ unknownGroups }, index) =>
    unknownGroups.map(
      (group): Finding => ({
        tone: 'warn',
        title: `bind.rules[${index}] is for a group that nobody is in`,
        advice: `No group of the directory is called “${group}”.`,
      }),
    ),
  );
  return [...groups, ...unknown, ...properties, ...rules, ...overlays];
}

import { flag, list, plainText, section } from './leaf.ts';
import { isOneLine } from './names.ts';

function groupNames(description: string) {
  return list(
    description,
    256,
    plainText({
      description: 'The display name or the object id of a group.',
      expected: 'must be the name or the object id of a group, at most 256 characters on one line',
      examples: ['Staff', '22222222-2222-2222-2222-222222222222'],
      accept: (name) => isOneLine(name, 256) && name.trim() !== '',
    }),
  );
}

/** Who may sign in. */
export const policy = section(
  'Who may sign in, by groups of the tenant. The others stay visible but locked, or are hidden.',
  {
    allowedGroups: groupNames(
      'Who is in none of these groups is locked. Without this key, nobody is for that reason.',
    ).optional(),
    disabledGroups: groupNames('Who is in one of these groups is locked, also when in an allowed one.').prefault([]),
    nested: flag('Whether the members of nested groups count as members of these groups.').prefault(true),
  },
);

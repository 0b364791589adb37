import { z } from 'zod';
import { filePath, list, section } from './leaf.ts';

/** So many overlay files may be named. */
const filesMax = 16;

const file = filePath('An overlay file.');

/** Files that say more than the tenant does. */
export const overlay = section('Users, groups, members and attributes beside the tenant, from files of your own.', {
  files: z
    .union([file, list('Overlay files.', filesMax, file)], {
      error: `must be the path of a file, or a list of at most ${filesMax} of them`,
    })
    .transform((files): readonly string[] => (typeof files === 'string' ? [files] : files))
    .meta({
      description:
        'YAML files (.yaml, .yml) and CSV files (.csv); of two that change one attribute, the later counts. They are taken ' +
        'over while the daemon runs, like this file.',
    })
    .prefault([]),
});

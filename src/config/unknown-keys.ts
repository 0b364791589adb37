import type { z } from 'zod';
import { foldKey, nearest } from './nearest.ts';
import { type Finding, isShowableKey, type KeyPath } from './problem.ts';
import { keysAt, pathsTo } from './readable.ts';

/** Explains a key that the section at `path` of a schema does not have, with what was most likely meant. */
export function unknownKey(schema: z.ZodType, path: KeyPath, key: string): Finding {
  return { path: [...path, key], at: 'key', message: `is not a known key; ${advice(schema, path, key)}` };
}

function advice(schema: z.ZodType, path: KeyPath, key: string): string {
  const known = keysAt(schema, path) ?? [];
  if (!isShowableKey(key))
    return 'it is probably a key and a value without the blank after the colon: write "key: value"';
  const meant = nearest(key, known);
  if (meant !== undefined) return `did you mean ${meant}?`;
  const elsewhere = pathsTo(schema, (candidate) => foldKey(candidate) === foldKey(key))[0];
  if (elsewhere !== undefined) return `did you mean ${elsewhere.join('.')}?`;
  return `known keys ${path.length === 0 ? 'at the top' : 'here'}: ${known.join(', ')}`;
}

import { filePath, list, section, text } from './leaf.ts';
import type { Reading } from './units.ts';

const keyExpected =
  'must be a key: a name of letters and digits, a colon and 32 random bytes in base64, as "openssl rand -base64 32" prints them';

/** A key in the configuration: its name, and its octets in base64. */
export interface ParsedKey {
  readonly id: string;
  readonly base64: string;
}

function parseKey(input: string): Reading<ParsedKey> {
  const [, id = '', base64 = ''] = /^([a-z0-9]{1,16}):([A-Za-z0-9+/]{43}=)$/.exec(input) ?? [];
  return id === '' ? { problem: keyExpected } : { value: { id, base64 } };
}

/** The keys under which what is kept of passwords is worthless to whoever has the store alone. */
export const secrets = section('The keys that protect what is kept of passwords. They are never in the store.', {
  file: filePath(
    'The file with the keys, readable by the service user only; made at the first start. Without this key: the file secrets in the folder of the store.',
  ).optional(),
  keys: list(
    'The keys themselves in place of the file, the newest first, best as ${env:NAME}.',
    8,
    text({ description: 'NAME:BASE64', expected: keyExpected, parse: parseKey }),
  ).optional(),
});

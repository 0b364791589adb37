import type { Reading } from './units.ts';

/** What is wrong with what {@link parseServerName} refuses. */
export const serverNameExpected =
  'must be a DNS name such as ldap.example.org, or *.example.org for every name with one label more; addresses have no such names';

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Reads the name of a server as clients ask for it (RFC 6066 §3), in lower case; the first label may be `*`. */
export function parseServerName(input: string): Reading<string> {
  const name = input.toLowerCase();
  const labels = name.split('.');
  const [first, ...others] = labels;
  const rest = first === '*' && others.length > 0 ? others : labels;
  const fits = name.length <= 253 && rest.every((each) => label.test(each)) && !/^\d+$/.test(rest.at(-1) ?? '');
  return fits ? { value: name } : { problem: serverNameExpected };
}

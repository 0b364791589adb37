import type { Reading } from './units.ts';

/** The longest filter that is accepted: with it the address of the request stays below what proxies let through. */
const lengthMax = 4096;

const expected = "must be a filter of Microsoft Graph, for instance department in ('Retail','Sales')";

/**
 * Reads an OData filter as people paste it: with a leading `?`, with `$filter=`, percent-encoded, with the other options of an
 * advanced query behind it, or as the whole address from Graph Explorer. The value is the bare filter, not encoded.
 */
export function parseODataFilter(input: string): Reading<string> {
  const query = queryOf(input.trim());
  if ('problem' in query) return query;
  const { filter } = query;
  const problem = problemIn(filter);
  return problem === undefined ? { value: filter } : { problem };
}

function queryOf(text: string): { readonly filter: string } | { readonly problem: string } {
  const address = /^https:\/\/[^\s?]*\?(.*)$/is.exec(text)?.[1];
  const rest = address ?? text.replace(/^\?/, '');
  if (!/^(?:\$|%24)?[a-z]+=/i.test(rest)) return { filter: decoded(rest) };
  let filter: string | undefined;
  for (const option of splitOptions(rest)) {
    const [, name = '', value = ''] = /^(?:\$|%24)?([a-z]+)=(.*)$/is.exec(option) ?? [];
    if (name.toLowerCase() === 'filter') filter = decoded(value);
    // An advanced query is made of every filter, and the others say what is shown, not what is chosen.
    else if (!['count', 'select', 'top', 'orderby'].includes(name.toLowerCase())) {
      return { problem: `holds $${name}, which is not a filter; write what stands behind $filter= only` };
    }
  }
  return filter === undefined ? { problem: `${expected}; there is no $filter in it` } : { filter };
}

/** Splits at `&`, but not within a text: `displayName eq 'Research & Development'` is one option. */
function splitOptions(text: string): readonly string[] {
  const options: string[] = [''];
  let quoted = false;
  for (const letter of text) {
    if (letter === "'") quoted = !quoted;
    if (letter === '&' && !quoted) options.push('');
    else options[options.length - 1] += letter;
  }
  return options.filter((option) => option !== '');
}

// An encoded filter has no blank; in one that has, a "%" or a "+" stands for itself.
function decoded(text: string): string {
  const trimmed = text.trim();
  if (/\s/.test(trimmed) || !/%[0-9a-f]{2}/i.test(trimmed)) return trimmed;
  try {
    return decodeURIComponent(trimmed.replaceAll('+', ' ')).trim();
  } catch {
    return trimmed;
  }
}

function problemIn(filter: string): string | undefined {
  if (filter === '') return `${expected}; it is empty`;
  if (filter.length > lengthMax) return `must be a filter of at most ${lengthMax} characters`;
  if (/\p{Cc}/u.test(filter)) return 'must be a filter on one line; write it with >- in YAML to break it';
  if (quotesIn(filter) % 2 === 1) {
    return "has a quotation mark without its partner; within a text it is written twice, as in 'O''Neil'";
  }
  return undefined;
}

function quotesIn(filter: string): number {
  return filter.split("'").length - 1;
}

import { SourceError } from '../identity/source-error.ts';

/** Query options by name, `$select` for instance; the values unencoded. */
export type QueryOptions = Readonly<Record<string, string>>;

/**
 * The address of a resource of Microsoft Graph v1.0. Every segment and value is percent-encoded: a guest's user principal
 * name has a `#`, at which an unencoded URL ends, and names in filters have `&` and `+`.
 */
export function graphUrl(origin: string, segments: readonly string[], query: QueryOptions = {}): string {
  const path = segments.map((segment) => encodeURIComponent(segment)).join('/');
  const options = Object.entries(query).map(([name, value]) => `${name}=${encodeValue(value)}`);
  return `${origin}/v1.0/${path}${options.length === 0 ? '' : `?${options.join('&')}`}`;
}

/**
 * Whether a next or delta link leads to where it came from. The token goes along with every request, so a link to any
 * other origin is not followed.
 */
export function assertOwnLink(link: string, origin: string): void {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  if (url?.origin === origin && url.username === '' && url.password === '') return;
  throw new SourceError('protocol', 'Microsoft Graph sent a link to another host; it was not followed');
}

// A comma may stand in a query as it is (RFC 3986 §3.4), and keeps a long $select readable and short.
function encodeValue(value: string): string {
  return encodeURIComponent(value).replaceAll('%2C', ',');
}

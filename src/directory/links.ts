import type { LinkName } from './reader.ts';

const links: ReadonlyMap<string, LinkName> = new Map([
  ['member', 'member'],
  ['uniquemember', 'member'],
  ['memberuid', 'memberUid'],
  ['memberof', 'memberOf'],
]);

/** Keys of the attributes whose values are links. */
export const linkAttributes: readonly string[] = [...links.keys()];

/** Links in the order of their numbers in stored entries. */
export const linkNames: readonly LinkName[] = ['member', 'memberUid', 'memberOf'];

/** The link that holds the values of an attribute (named by its key), or undefined when entries hold them themselves. */
export function linkOf(attributeKey: string): LinkName | undefined {
  return links.get(attributeKey);
}

/** The bit of the link that holds the values of an attribute (named by its key) in stored entries; 0 when entries hold them. */
export function linkBitOf(attributeKey: string): number {
  const link = linkOf(attributeKey);
  return link === undefined ? 0 : 1 << linkNames.indexOf(link);
}

/** The link that leads back: whoever an entry is a `member` of, it is `memberOf`. */
export function inverseLink(link: LinkName): LinkName {
  return link === 'memberOf' ? 'member' : 'memberOf';
}

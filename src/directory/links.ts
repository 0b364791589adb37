import type { LinkName } from './reader.ts';

const linkAttributes: ReadonlyMap<string, LinkName> = new Map([
  ['member', 'member'],
  ['uniquemember', 'member'],
  ['memberuid', 'memberUid'],
  ['memberof', 'memberOf'],
]);

/** Links in the order of their numbers in stored entries. */
export const linkNames: readonly LinkName[] = ['member', 'memberUid', 'memberOf'];

/** The link that holds the values of an attribute (named by its key), or undefined when entries hold them themselves. */
export function linkOf(attributeKey: string): LinkName | undefined {
  return linkAttributes.get(attributeKey);
}

/** The link that leads back: whoever an entry is a `member` of, it is `memberOf`. */
export function inverseLink(link: LinkName): LinkName {
  return link === 'memberOf' ? 'member' : 'memberOf';
}

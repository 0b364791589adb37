import type { AttributeChanges } from '../../identity/overlay.ts';
import type { Schema } from '../../directory/schema.ts';
import { type OverlayAttribute, overlayAttribute } from '../../projection/overlay-attributes.ts';
import type { EntryOwner } from '../../projection/source-setting.ts';
import { nearest } from '../nearest.ts';

/** Values of one attribute in one place. */
const valuesMax = 1024;

/** An attribute as entries of the kinds in question can have it. */
export type Changeable = Readonly<Partial<Record<EntryOwner, OverlayAttribute>>>;

/** Which attribute a name means for entries of these kinds, or a clause that says what is wrong with it. */
export function changeable(
  name: string,
  owners: readonly EntryOwner[],
  schema: Schema,
):
  | { readonly name: string; readonly attribute: Changeable }
  | { readonly problem: string; readonly isUnknown: boolean } {
  const type = schema.attribute(name);
  if (type === undefined) {
    const meant = nearest(
      name,
      schema.attributes.filter(({ operational }) => !operational).map((each) => each.name),
    );
    const advice = meant === undefined ? '' : `; did you mean ${meant}?`;
    return { problem: `is not an attribute of the schema${advice}`, isUnknown: true };
  }
  const attribute: Partial<Record<EntryOwner, OverlayAttribute>> = {};
  let problem = '';
  for (const owner of owners) {
    const found = overlayAttribute(owner, type, schema);
    if ('problem' in found) problem ||= found.problem;
    else attribute[owner] = found;
  }
  return attribute.users === undefined && attribute.groups === undefined
    ? { problem, isUnknown: false }
    : { name: type.name, attribute };
}

/** The values that texts become, or a clause that says what is wrong with the one at `at`. */
export function fittingValues(
  attribute: Changeable,
  texts: readonly string[],
): { readonly values: readonly string[] } | { readonly problem: string; readonly at: number | undefined } {
  const { users, groups } = attribute;
  const { type, fit, isRemovable } = users ?? groups ?? {};
  if (type === undefined || fit === undefined) return { values: [] };
  if (texts.length === 0 && isRemovable !== true)
    return { problem: 'is in every entry and cannot be removed', at: undefined };
  if (texts.length > valuesMax) return { problem: `has more than ${valuesMax} values`, at: undefined };
  if (texts.length > 1 && type.singleValue) return { problem: 'holds one value only', at: undefined };
  const values: string[] = [];
  const seen = new Set<string>();
  for (const [at, text] of texts.entries()) {
    const value = fit(text);
    if (value === undefined || value === '') return { problem: misfit(type.key), at };
    const form = type.equality?.form(Buffer.from(value))?.toString('latin1') ?? value;
    if (seen.has(form)) return { problem: 'is there twice', at };
    seen.add(form);
    values.push(value);
  }
  return { values };
}

function misfit(key: string): string {
  switch (key) {
    case 'sshpublickey':
      return 'is no SSH public key: one line with type and key, without options';
    case 'homedirectory':
    case 'loginshell':
      return 'must be an absolute path without a colon, for instance /bin/bash';
    default:
      return 'has a value that its syntax (RFC 4517) does not admit';
  }
}

/** Changes for each kind of entry that can have them. */
export class ChangesByKind {
  readonly #changes: Record<EntryOwner, (readonly [string, readonly string[]])[]> = { users: [], groups: [] };

  add(name: string, attribute: Changeable, values: readonly string[]): void {
    for (const owner of ['users', 'groups'] as const) {
      if (attribute[owner] !== undefined) this.#changes[owner].push([name, values]);
    }
  }

  get users(): AttributeChanges {
    return this.#changes.users;
  }

  get groups(): AttributeChanges {
    return this.#changes.groups;
  }
}

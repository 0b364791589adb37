/**
 * How the directory appears to one identity: which stored attributes and object classes are kept from it, and which rules
 * of Active Directory apply to what it asks. Decided once for an identity, never for a single entry.
 */

import { attributeValues, encodeAttribute } from './entry-codec.ts';
import { isComputed } from './entry-view.ts';
import type { Schema } from './schema.ts';
import type { AttributeType } from './schema-elements.ts';

/**
 * Why an attribute is not shown. `absent`: as if no entry had it, so that filter items on it are False and their negations
 * True. `unreadable`: filter items on it are Undefined, also under `not`, so that no filter tells anything about it.
 */
export type Hiding = 'absent' | 'unreadable';

/** What is kept from an identity. */
export class HiddenParts {
  /** By {@link AttributeType.hash}. */
  readonly attributes: ReadonlyMap<number, Hiding>;
  /** Keys of object classes that no entry shows. */
  readonly classes: ReadonlySet<string>;
  // The entries of one kind have the same classes, so that remembering one answer spares nearly all the work.
  #last: { readonly attribute: Buffer; readonly shown: Buffer | undefined } | undefined;

  constructor(attributes: ReadonlyMap<number, Hiding>, classes: ReadonlySet<string>) {
    this.attributes = attributes;
    this.classes = classes;
  }

  /** An encoded `objectClass` without what is hidden of it; undefined when nothing is. */
  shownClasses(attribute: Buffer): Buffer | undefined {
    if (this.#last?.attribute.equals(attribute) !== true) {
      // A copy, which does not keep the whole entry.
      this.#last = { attribute: Buffer.from(attribute), shown: this.#encodeShown(attribute) };
    }
    return this.#last.shown;
  }

  #encodeShown(attribute: Buffer): Buffer | undefined {
    const values = attributeValues(attribute, 0);
    const shown = values.filter((value) => !this.classes.has(value.toString('latin1').toLowerCase()));
    return shown.length === values.length ? undefined : encodeAttribute('objectClass', shown);
  }
}

/** How the directory appears to an identity. Immutable; identities may share one. */
export interface Presentation {
  /** Undefined when everything is shown, which costs nothing. */
  readonly hidden: HiddenParts | undefined;
  /** Keys of operational attributes, linked or computed ones, that count as user attributes: `*` returns them, `+` does not. */
  readonly userAttributes: ReadonlySet<string>;
  /**
   * Set when filters follow Active Directory: short names of classes in `objectCategory`, `anr`, SIDs as text ([MS-ADTS]
   * 3.1.1.3.1.3). `baseDn` is the naming context.
   */
  readonly activeDirectory: { readonly baseDn: string } | undefined;
}

/** Shows everything as it is stored, by the rules of LDAP alone. */
export const plainPresentation: Presentation = {
  hidden: undefined,
  userAttributes: new Set(),
  activeDirectory: undefined,
};

/** What is to be kept from an identity, beyond what is already. */
export interface Concealment {
  /** Asked once for each attribute of the schema. Computed attributes (`entry-view.ts`) say only where an entry is, and stay. */
  readonly attributes: (type: AttributeType) => Hiding | undefined;
  /** Object classes that no entry shows; not `top`, which every entry has. */
  readonly classes?: Iterable<string>;
}

/** A presentation that shows less. What was hidden stays so, and `unreadable` prevails over `absent`. */
export function conceal(presentation: Presentation, schema: Schema, concealment: Concealment): Presentation {
  const attributes = new Map(presentation.hidden?.attributes);
  for (const type of schema.attributes) {
    const hiding = concealment.attributes(type);
    if (hiding === undefined || isComputed(type.key)) continue;
    if (attributes.get(type.hash) !== 'unreadable') attributes.set(type.hash, hiding);
  }
  const classes = new Set(presentation.hidden?.classes);
  for (const name of concealment.classes ?? []) classes.add(name.toLowerCase());
  if (attributes.size === 0 && classes.size === 0) return presentation;
  return { ...presentation, hidden: new HiddenParts(attributes, classes) };
}

/** Tells presentations apart: entries appear alike in two for which it is equal. Empty for the plain one. */
export function presentationKey({ hidden, userAttributes, activeDirectory }: Presentation): string {
  if (hidden === undefined && userAttributes.size === 0 && activeDirectory === undefined) return '';
  const parts = [[...(hidden?.attributes ?? [])], [...(hidden?.classes ?? [])], [...userAttributes], activeDirectory];
  return JSON.stringify(parts);
}

/** Whether an attribute counts as a user attribute (RFC 4512 §2.5.2) for whoever sees this presentation. */
export function isUserAttribute(presentation: Presentation, type: AttributeType): boolean {
  return !type.operational || presentation.userAttributes.has(type.key);
}

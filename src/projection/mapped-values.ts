/** Works out the values of mapped attributes: the first alternative of the source that the attribute's syntax admits. */
import type { AttributeType } from '../directory/schema-elements.ts';
import type { Fit } from './attribute-values.ts';
import { noTexts } from './property-path.ts';
import { type Alternative, alternativeValues, isReference, type Source, type SourceFacts } from './source.ts';

/** The name (DN) under which another object is shown, by its object id; undefined when it is not shown. */
export type DnOf = (objectId: string) => string | undefined;

/** What values are made with beside the facts about their object. */
export interface Surroundings {
  readonly dnOf: DnOf;
  /** Told of an attribute with a value that its syntax does not admit, once or more often. */
  readonly onLeftOut: (attribute: string) => void;
}

/** One attribute, and how its values are made. */
export interface Column {
  readonly name: string;
  readonly type: AttributeType;
  readonly alternatives: readonly (readonly [Alternative, isReference: boolean])[];
  readonly fit: Fit;
  /** The property without which there are no values; undefined: there may be others. */
  readonly only: string | undefined;
}

/** The column of an attribute whose source may have any alternatives. */
export function column(name: string, type: AttributeType, source: Source, fit: Fit): Column {
  return { name, type, fit, alternatives: source.map((each) => [each, isReference(each)]), only: onlyProperty(source) };
}

function onlyProperty([first, ...others]: Source): string | undefined {
  if (first?.kind !== 'reference' || first.reference.kind !== 'property' || others.length > 0) return undefined;
  return first.reference.path.property;
}

/** The values of an attribute for one object; a value that the syntax does not admit counts as missing. */
export function columnValues(
  { name, type, alternatives, fit, only }: Column,
  facts: SourceFacts,
  { dnOf, onLeftOut }: Surroundings,
): readonly string[] {
  // Most attributes of most entries are empty, and an entry has sixty.
  if (only !== undefined && (facts.properties[only] ?? null) === null) return noTexts;
  for (const [alternative, isDn] of alternatives) {
    const texts = alternativeValues(alternative, facts);
    if (texts.length === 0) continue;
    const values: string[] = [];
    for (const text of texts) {
      const value = isDn ? dnOf(text) : fit(text);
      if (value !== undefined) values.push(value);
      else if (!isDn) onLeftOut(name);
    }
    if (values.length > 0) return type.singleValue ? values.slice(0, 1) : distinct(values, type);
  }
  return noTexts;
}

/** No two values of an attribute are equal under its matching rule (RFC 4512 §2.3). */
function distinct(values: readonly string[], { equality }: AttributeType): readonly string[] {
  if (values.length === 1) return values;
  const seen = new Set<string>();
  return values.filter((value) => {
    const form = equality?.form(Buffer.from(value))?.toString('latin1') ?? value;
    if (seen.has(form)) return false;
    seen.add(form);
    return true;
  });
}

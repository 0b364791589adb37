import type { Collection } from '../identity/change.ts';
import type { OfferedProperty } from '../identity/discovery.ts';
import { graphProperties, propertyFields, type PropertyShape } from '../identity/graph-properties.ts';
import type { Defined } from './discover-definitions.ts';
import { asRecord, type JsonRecord } from './json.ts';

/** How many values of a property are shown, and how long they may be. */
const valuesMax = 3;
const valueLengthMax = 60;
/** The most properties that are counted: whoever shows more floods us (P8). */
const sourcesMax = 5000;

const extensionAttributes = 'onPremisesExtensionAttributes';

/** Counts which properties sampled objects have, and remembers some values. */
export class ValueTally {
  readonly #offers = new Map<string, Defined>();
  readonly #counts = new Map<string, number>();
  readonly #values = new Map<string, Set<string>>();

  /** Everything that is documented or defined is counted, and whatever else the objects show. */
  constructor(collection: Collection, defined: readonly Defined[]) {
    for (const each of [...documented(collection), ...defined]) this.#offers.set(each.source, each);
  }

  /** Takes an object as Microsoft Graph shows it. */
  add(element: JsonRecord): void {
    for (const [name, value] of Object.entries(element)) {
      if (name !== 'id' && !name.includes('@')) this.#addProperty(name, value);
    }
  }

  /** What there is, in the order of the names within each kind; what could not be read has no count. */
  offers(unreadable: ReadonlySet<string>): readonly OfferedProperty[] {
    return [...this.#offers.values()].map((offer) => ({
      ...offer,
      count: unreadable.has(offer.source.split('.')[0] ?? '') ? null : (this.#counts.get(offer.source) ?? 0),
      values: [...(this.#values.get(offer.source) ?? [])],
    }));
  }

  #addProperty(name: string, value: unknown): void {
    if (name === 'manager') {
      this.#count(name, asRecord(value)?.['id']);
      return;
    }
    const record = asRecord(value);
    if (record === undefined) {
      this.#count(name, value);
      return;
    }
    for (const [field, inner] of ownFields(record)) {
      if (name === 'customSecurityAttributes') this.#addSet(field, inner);
      else this.#count(name === extensionAttributes ? field : `${name}.${field}`, inner);
    }
  }

  #addSet(set: string, attributes: unknown): void {
    for (const [attribute, value] of ownFields(asRecord(attributes) ?? {})) {
      const source = `customSecurityAttributes.${set}.${attribute}`;
      if (!this.#offers.has(source) && this.#offers.size < sourcesMax) {
        this.#offers.set(source, {
          source,
          kind: 'securityAttribute',
          type: typeOf(value),
          multiValued: Array.isArray(value),
          description: null,
        });
      }
      this.#count(source, value);
    }
  }

  #count(source: string, value: unknown): void {
    if (!this.#offers.has(source)) return;
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    const present = all.filter((each) => each !== null && each !== undefined && each !== '');
    if (present.length === 0) return;
    this.#counts.set(source, (this.#counts.get(source) ?? 0) + 1);
    const values = this.#values.get(source) ?? new Set<string>();
    for (const each of present) if (values.size < valuesMax && typeof each !== 'object') values.add(shown(each));
    this.#values.set(source, values);
  }
}

function ownFields(record: JsonRecord): (readonly [string, unknown])[] {
  return Object.entries(record).filter(([name]) => !name.includes('@'));
}

function shown(value: unknown): string {
  const text = typeof value === 'boolean' ? (value ? 'TRUE' : 'FALSE') : String(value);
  return text.length <= valueLengthMax ? text : `${text.slice(0, valueLengthMax - 1)}…`;
}

function typeOf(value: unknown): string {
  const [first]: readonly unknown[] = Array.isArray(value) ? value : [value];
  return typeof first === 'boolean' ? 'flag' : typeof first === 'number' ? 'number' : 'text';
}

/** The documented properties, objects taken apart. */
function documented(collection: Collection): readonly Defined[] {
  return Object.entries(graphProperties[collection]).flatMap(([name, shape]) => {
    const fields = propertyFields[collection][name];
    if (fields === undefined) return shape === 'security attributes' ? [] : [offer(name, shape)];
    const isAttributes = name === extensionAttributes;
    return Object.entries(fields).map(([field, fieldShape]) =>
      offer(isAttributes ? field : `${name}.${field}`, fieldShape),
    );
  });
}

function offer(source: string, shape: PropertyShape): Defined {
  const multiValued = shape === 'texts' || shape === 'objects';
  const kind = /^extensionAttribute\d/.test(source) ? 'extensionAttribute' : 'property';
  return { source, kind, type: shape === 'texts' ? 'text' : shape, multiValued, description: null };
}

/** The two entries that are not in the tree: the root DSE (RFC 4512 §5.1) and the subschema (RFC 4512 §4.2). Everybody may read them. */

import { normalizeDn } from './dn.ts';
import { encodeEntry, entryDn } from './entry-codec.ts';
import type { EntryContent } from './entry-codec.ts';
import { EntryView, subschemaDn } from './entry-view.ts';
import type { EntrySurroundings } from './entry-view.ts';
import type { FilterContext } from './filter-node.ts';
import { isUserAttribute } from './presentation.ts';
import type { Presentation } from './presentation.ts';
import type { EntryId } from './reader.ts';
import { attributeHash } from './schema-elements.ts';
import type { AttributeType, ObjectClass } from './schema-elements.ts';
import type { Schema } from './schema.ts';
import { formatMatchingRule } from './schema-rules.ts';
import type { MatchingRule } from './schema-rules.ts';
import { formatSyntax, syntaxes } from './schema-syntaxes.ts';

/** What the root DSE announces, beside what the directory itself can do. */
export interface RootDseOptions {
  readonly vendorName: string;
  readonly vendorVersion: string;
  /** OIDs of request controls. */
  readonly supportedControls: readonly string[];
  /** OIDs of extended operations. */
  readonly supportedExtensions: readonly string[];
  /** OIDs of elective features beyond {@link directoryFeatures}. */
  readonly supportedFeatures: readonly string[];
  readonly supportedSaslMechanisms: readonly string[];
}

/** Elective features of searches that the directory has: `+` (RFC 3673), `@class` (RFC 4529), `(&)` and `(|)` (RFC 4526). */
const directoryFeatures: readonly string[] = [
  '1.3.6.1.4.1.4203.1.5.1',
  '1.3.6.1.4.1.4203.1.5.2',
  '1.3.6.1.4.1.4203.1.5.3',
];

/** Surroundings of an entry without links and with so many subordinates. */
function alone(subordinates: number): EntrySurroundings {
  return { childCount: () => subordinates, linked: () => undefined, linkedIds: () => undefined };
}

/** What filters on an entry outside the tree are compiled against: it is found by its name, and nothing is indexed. */
export function staticFilterContext(schema: Schema, entry: EntryView): FilterContext {
  const key = normalizeDn(entryDn(entry.bytes));
  const nowhere = (): undefined => undefined;
  const findDn = (dn: string): EntryId | undefined => (dn === key ? entry.id : undefined);
  return { schema, reader: { findDn, entry: nowhere, postings: nowhere, linkedIds: nowhere, classRanges: nowhere } };
}

function viewOf(bytes: Buffer, subordinates: number): EntryView {
  const view = new EntryView(alone(subordinates));
  view.move(0, bytes);
  return view;
}

/** The root DSE and the subschema as each presentation shows them. */
export class StaticEntries {
  readonly #schema: Schema;
  readonly #baseDn: string;
  readonly #options: RootDseOptions;
  readonly #rootDse: EntryView;
  readonly #subschemas = new Map<string, EntryView>();

  constructor(schema: Schema, baseDn: string, options: RootDseOptions) {
    this.#schema = schema;
    this.#baseDn = baseDn;
    this.#options = options;
    this.#rootDse = rootDse(schema, baseDn, options);
  }

  /** `usn`: the update sequence number of what is published; undefined when nothing is, or nobody needs to know. */
  rootDse(usn: number | undefined): EntryView {
    if (usn === undefined) return this.#rootDse;
    return rootDse(this.#schema, this.#baseDn, this.#options, activeDirectoryRootDse(this.#baseDn, usn));
  }

  subschema(presentation: Presentation): EntryView {
    const key = [presentation.activeDirectory?.baseDn, ...presentation.userAttributes].join(' ');
    const known = this.#subschemas.get(key);
    if (known !== undefined) return known;
    const made = subschema(this.#schema, presentation);
    this.#subschemas.set(key, made);
    return made;
  }
}

/**
 * What clients of Active Directory look for ([MS-ADTS] 3.1.1.3.2). The level is the one that in-chain matching, range retrieval
 * and `uSNChanged` belong to. No capability is announced: whoever sees 1.2.840.113556.1.4.800 goes on to Kerberos, to the
 * global catalog and to deleted objects, which are not here.
 */
function activeDirectoryRootDse(baseDn: string, usn: number): EntryContent['attributes'] {
  return [
    ['rootDomainNamingContext', [baseDn]],
    ['highestCommittedUSN', [String(usn)]],
    ['domainControllerFunctionality', ['7']],
    ['isSynchronized', ['TRUE']],
  ];
}

function rootDse(
  schema: Schema,
  baseDn: string,
  options: RootDseOptions,
  more: EntryContent['attributes'] = [],
): EntryView {
  const bytes = encodeEntry(schema, {
    dn: '',
    attributes: [
      ['objectClass', ['top']],
      ['namingContexts', [baseDn]],
      ['defaultNamingContext', [baseDn]],
      ['supportedLDAPVersion', ['3']],
      ['supportedControl', options.supportedControls],
      ['supportedExtension', options.supportedExtensions],
      ['supportedFeatures', [...new Set([...directoryFeatures, ...options.supportedFeatures])]],
      ['supportedSASLMechanisms', options.supportedSaslMechanisms],
      ['vendorName', [options.vendorName]],
      ['vendorVersion', [options.vendorVersion]],
      ...more,
    ],
    links: [],
  });
  return viewOf(bytes, 1);
}

/** A MatchingRuleUseDescription (RFC 4512 §4.1.4), or nothing for rules that extensible matches cannot use. */
function formatRuleUse(schema: Schema, rule: MatchingRule): readonly string[] {
  if (rule.kind === 'substrings') return [];
  const names = schema.attributes.filter((type) => rule.appliesTo.includes(type.syntax)).map((type) => type.name);
  if (names.length === 0) return [];
  const name = rule.name === undefined ? '' : ` NAME '${rule.name}'`;
  return [`( ${rule.oid}${name} APPLIES ( ${names.join(' $ ')} ) )`];
}

/** An attribute that counts as a user attribute is published as one; only operational ones may forbid modification (RFC 4512 §4.1.2). */
function describeAttribute(type: AttributeType, presentation: Presentation): string {
  if (!type.operational || !isUserAttribute(presentation, type)) return type.description;
  return type.description.replace(/ NO-USER-MODIFICATION\b/, '').replace(/ USAGE \w+/, '');
}

/** What every entry has in Active Directory, whatever its classes are. */
export const topAttributes: readonly string[] = [
  'name',
  'objectCategory',
  'objectGUID',
  'whenCreated',
  'whenChanged',
  'uSNCreated',
  'uSNChanged',
];

/** What entries of all classes have as user attributes, `top` allows, as it does in Active Directory. */
function describeClass(objectClass: ObjectClass, schema: Schema, presentation: Presentation): string {
  const own = [...presentation.userAttributes].flatMap((key) => schema.attribute(key)?.name ?? []);
  const names = presentation.activeDirectory === undefined ? own : [...own, ...topAttributes];
  if (objectClass.key !== 'top' || names.length === 0) return objectClass.description;
  return objectClass.description.replace(/ \)$/, ` MAY ( ${names.join(' $ ')} ) )`);
}

const schemaEpochMs = Date.UTC(2020, 0, 1);
/** About five years. */
const schemaVersionMax = 5 * 365 * 86_400;

/**
 * Clients keep a schema until its modifyTimestamp is another one (RFC 4512 §4.2). So that it is the same in every daemon and after
 * every start, and another with every other schema, it is made from the descriptions; the time itself says nothing.
 */
function schemaVersion(descriptions: EntryContent['attributes']): number {
  return attributeHash(descriptions.flatMap(([, values]) => values).join('\n')) % schemaVersionMax;
}

function generalizedTime(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
}

/** The subschema: everything that entries and filters may name, and nothing that is not defined in it. */
function subschema(schema: Schema, presentation: Presentation): EntryView {
  const descriptions: EntryContent['attributes'] = [
    ['objectClasses', schema.objectClasses.map((each) => describeClass(each, schema, presentation))],
    ['attributeTypes', schema.attributes.map((type) => describeAttribute(type, presentation))],
    ['matchingRules', schema.matchingRules.map(formatMatchingRule)],
    ['matchingRuleUse', schema.matchingRules.flatMap((rule) => formatRuleUse(schema, rule))],
    ['ldapSyntaxes', syntaxes.map(([oid, description]) => formatSyntax(oid, description))],
  ];
  const bytes = encodeEntry(schema, {
    dn: subschemaDn,
    attributes: [
      ['objectClass', ['top', 'subentry', 'subschema', 'extensibleObject']],
      ['structuralObjectClass', ['subentry']],
      ['cn', ['Subschema']],
      ['subtreeSpecification', ['{ }']],
      ['createTimestamp', [generalizedTime(schemaEpochMs)]],
      ['modifyTimestamp', [generalizedTime(schemaEpochMs + schemaVersion(descriptions) * 1000)]],
      ...descriptions,
    ],
    links: [],
  });
  return viewOf(bytes, 0);
}

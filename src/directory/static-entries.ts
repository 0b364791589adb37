/** The two entries that are not in the tree: the root DSE (RFC 4512 §5.1) and the subschema (RFC 4512 §4.2). Everybody may read them. */

import { normalizeDn } from './dn.ts';
import { encodeEntry, entryDn } from './entry-codec.ts';
import { EntryView, subschemaDn } from './entry-view.ts';
import type { EntrySurroundings } from './entry-view.ts';
import type { FilterContext } from './filter-node.ts';
import type { EntryId } from './reader.ts';
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
  return { schema, reader: { findDn, postings: nowhere, linkedIds: nowhere, classRanges: nowhere } };
}

function viewOf(bytes: Buffer, subordinates: number): EntryView {
  const view = new EntryView(alone(subordinates));
  view.move(0, bytes);
  return view;
}

/** The root DSE. */
export function rootDse(schema: Schema, baseDn: string, options: RootDseOptions): EntryView {
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

/** The subschema: everything that entries and filters may name, and nothing that is not defined in it. */
export function subschema(schema: Schema): EntryView {
  const bytes = encodeEntry(schema, {
    dn: subschemaDn,
    attributes: [
      ['objectClass', ['top', 'subentry', 'subschema', 'extensibleObject']],
      ['structuralObjectClass', ['subentry']],
      ['cn', ['Subschema']],
      ['subtreeSpecification', ['{ }']],
      ['objectClasses', schema.objectClasses.map((objectClass) => objectClass.description)],
      ['attributeTypes', schema.attributes.map((type) => type.description)],
      ['matchingRules', schema.matchingRules.map(formatMatchingRule)],
      ['matchingRuleUse', schema.matchingRules.flatMap((rule) => formatRuleUse(schema, rule))],
      ['ldapSyntaxes', syntaxes.map(([oid, description]) => formatSyntax(oid, description))],
    ],
    links: [],
  });
  return viewOf(bytes, 0);
}

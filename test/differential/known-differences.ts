/**
 * Where OpenLDAP 2.5 answers otherwise, and why we do not follow. docs/ldap-conformance.md repeats titles and reasons; a
 * difference that is gone fails the test as one that is not listed does.
 */

import { isDeepStrictEqual } from 'node:util';
import { Syntax } from '../../src/directory/schema-syntaxes.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import type { Answer } from './question.ts';

/** One kind of difference. */
export interface KnownDifference {
  readonly title: string;
  readonly reason: string;
  /** Whether it explains why a question was answered in two ways. */
  readonly explains: (question: string, ours: Answer, openLdap: Answer) => boolean;
}

/** Explains questions that a pattern matches. */
function about(pattern: RegExp): KnownDifference['explains'] {
  return (question) => pattern.test(question);
}

function namesWithSyntax(...syntaxes: readonly string[]): string {
  return standardSchema.attributes
    .filter(({ syntax }) => syntaxes.includes(syntax))
    .map(({ name }) => name)
    .join('|');
}

const phones = namesWithSyntax('1.3.6.1.4.1.1466.115.121.1.50');
const ia5 = namesWithSyntax(Syntax.ia5String);
const integers = namesWithSyntax(Syntax.integer);
const firstComponents = namesWithSyntax(
  ...['3', '16', '30', '31', '35', '37', '54'].map((arc) => `1.3.6.1.4.1.1466.115.121.1.${arc}`),
);
const rootAttributes = standardSchema.attributes
  .flatMap(({ usage, name }) => (usage === 'dSAOperation' ? name : []))
  .join('|');
const addresses = namesWithSyntax('1.3.6.1.4.1.1466.115.121.1.41');
const numeric = namesWithSyntax('1.3.6.1.4.1.1466.115.121.1.36');

const identifiers = namesWithSyntax('1.3.6.1.1.16.1', '1.3.6.1.4.1.4203.666.11.2.1');

/** Attributes that one of the servers adds to what is selected. */
const added = new Set([
  'distinguishedName',
  'numSubordinates',
  'nsAccountLock',
  'entraSource',
  'entraSessionsValidFrom',
]);

/** True when the answers are the same but for {@link added} attributes. */
function sameWithoutAdded(ours: Answer, openLdap: Answer): boolean {
  return isDeepStrictEqual(withoutAdded(ours), withoutAdded(openLdap));
}

function withoutAdded(answer: Answer): Answer {
  const entries = Array.isArray(answer['entries']) ? (answer['entries'] as [string, Record<string, unknown>][]) : [];
  const kept = entries.map(([dn, attributes]) => [
    dn,
    Object.fromEntries(Object.entries(attributes).filter(([name]) => !added.has(name))),
  ]);
  return { ...answer, entries: kept };
}

/** Entries with letters that full case folding treats otherwise than one by one. */
const foldedNames = /^(?:uid=(?:strasse|greek2?|ibrahim),|cn=Größe )/;

/** True when the answers differ in nothing but whether they have some entries of these names. */
function differInEntries(ours: Answer, openLdap: Answer, names: RegExp): boolean {
  const without = (answer: Answer): Answer => {
    const entries = Array.isArray(answer['entries']) ? (answer['entries'] as [string, unknown][]) : [];
    return { ...answer, entries: entries.filter(([dn]) => !names.test(dn)) };
  };
  return isDeepStrictEqual(without(ours), without(openLdap));
}

/** Every kind there is. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    title: 'Approximate match',
    reason:
      'OpenLDAP compares how English words sound. Here approximate match finds what equality finds, as RFC 4511 §4.5.1.7.6 allows.',
    explains: about(/~=/),
  },
  {
    title: 'Characters without meaning',
    reason:
      'RFC 4518 §2.2 maps the soft hyphen and its like to nothing before values are compared; OpenLDAP keeps them.',
    explains: about(/\\c2\\ad/),
  },
  {
    title: 'Full case folding',
    reason:
      'RFC 4518 §2.2 folds case by table B.2 of RFC 3454: ß is ss, final and medial sigma are one. OpenLDAP maps single letters.',
    explains: (_question, ours, openLdap) => differInEntries(ours, openLdap, foldedNames),
  },
  {
    title: 'Assertions beyond IA5 and PrintableString',
    reason:
      'People write full-width digits and letters into phone numbers and mail addresses. Such an assertion is prepared (RFC 4518 §2.3) and compared; to OpenLDAP it is Undefined.',
    explains: about(new RegExp(`\\((?:${ia5}|${phones})(?:[<>]?=|:[^=()]*:?=)[^()]*(?:[^ -~]|[*#@_x\\\\])`, 'i')),
  },
  {
    title: 'Leading zeros of integers',
    reason:
      'RFC 4517 §3.3.16 does not admit them, yet clients send them. They are read as the number they mean; to OpenLDAP such an assertion is Undefined.',
    explains: about(new RegExp(`\\((?:${integers})(?:[<>]?=|:[^=()]*:?=)-?0\\d`, 'i')),
  },
  {
    title: 'Spaces in substrings',
    reason:
      'RFC 4518 §2.6.1 gives every value a space at both ends, so that `*ser *` finds a value that ends with the word. OpenLDAP looks for the space itself.',
    explains: about(/=[^()]*(?: \*|\* | +[^()*]*\*|\*[^()*]* )[^()]*\)/),
  },
  {
    title: 'Numeric strings with letters in substrings',
    reason:
      'RFC 4517 §4.2.10 takes any substring assertion, and one with letters is False. OpenLDAP wants digits and answers Undefined.',
    explains: about(new RegExp(`\\((?:${numeric})=[^()]*\\*`)),
  },
  {
    title: 'Fax numbers can be searched',
    reason:
      'RFC 4519 §2.10 gives facsimileTelephoneNumber no matching rule, and OpenLDAP has none. Here it has those of phone numbers, so that a fax can be found by its number.',
    explains: about(/facsimileTelephoneNumber/),
  },
  {
    title: 'Attributes of Active Directory that every entry has',
    reason:
      'distinguishedName names the entry itself, as in Active Directory, and is an operational attribute; in OpenLDAP it is the supertype of member that no entry has.',
    explains: about(/\(distinguishedName/),
  },
  {
    title: 'Counted subordinates',
    reason: 'numSubordinates is known to 389 Directory Server and to LDAP browsers, not to OpenLDAP.',
    explains: about(/numSubordinates/),
  },
  {
    title: 'More operational attributes',
    reason:
      'An answer to `+` has distinguishedName and numSubordinates beside what OpenLDAP has. nsAccountLock, entraSource and entraSessionsValidFrom are operational here; slapd takes no operational attribute from a schema file, so that in the exported schema they are ordinary ones.',
    explains: (question, ours, openLdap) => question.includes('attributes [') && sameWithoutAdded(ours, openLdap),
  },
  {
    title: 'Computed attributes in filters',
    reason:
      'subschemaSubentry is compared like any other attribute, and hasSubordinates also in extensible matches. OpenLDAP computes both for answers and for one kind of filter only.',
    explains: about(/\(subschemaSubentry|\(hasSubordinates(?::dn)?:/),
  },
  {
    title: 'Comparing the name of an entry',
    reason: 'entryDN can be compared (RFC 5020 §2); OpenLDAP answers unwillingToPerform.',
    explains: about(/^compare .* entryDN=/),
  },
  {
    title: 'UUID and CSN in extensible matches',
    reason:
      'RFC 4530 §2.2 defines UUIDMatch like any other rule, for extensible matches too; to OpenLDAP such an item is Undefined.',
    explains: about(new RegExp(`\\((?:${identifiers})(?::dn)?:`)),
  },
  {
    title: 'Object identifiers in extensible matches',
    reason: 'objectIdentifierMatch may be asked for by name (RFC 4517 §4.2.26); OpenLDAP answers Undefined.',
    explains: about(/:objectIdentifierMatch:=/),
  },
  {
    title: 'Unknown names of schema elements',
    reason:
      'An assertion that names no known element is Undefined (RFC 4517 §4.2.26, §4.2.27), in attributes of the subschema too, where OpenLDAP answers False.',
    explains: about(new RegExp(`\\((?:${firstComponents})`)),
  },
  {
    title: 'Empty postal addresses',
    reason:
      'A line of a postal address has at least one character (RFC 4517 §3.3.28), so that the empty assertion is Undefined; to OpenLDAP it is False.',
    explains: about(new RegExp(`\\((?:${addresses})[<>]?=\\)`)),
  },
  {
    title: 'Malformed filters',
    reason:
      'Substrings without a part, two final parts and an extensible match without type and rule break the grammar of RFC 4511 §4.5.1: protocolError. OpenLDAP takes them for Undefined.',
    explains: (question, ours) => question.startsWith('search 0x') && ours['code'] === 2,
  },
  {
    title: 'Searching below the subschema',
    reason:
      'PacketFence and others ask for the schema with subtree scope, so that cn=Subschema answers to every scope. OpenLDAP has it for base scope only.',
    explains: about(/base "cn=Subschema" scope (?:one|sub|subordinate)/),
  },
  {
    title: 'Names with BER values',
    reason:
      'A #hexstring that holds a string is the same name as the string itself (RFC 4514 §2.4); to OpenLDAP it is invalidDNSyntax.',
    explains: about(/"uid=#04/),
  },
  {
    title: 'Names as LDAPv2 wrote them',
    reason:
      'RFC 4514 has neither quoted values nor semicolons between RDNs. They are invalidDNSyntax here, where OpenLDAP still reads them.',
    explains: about(/"uid="alice"|"uid=alice;ou/),
  },
  {
    title: 'Root DSE',
    reason:
      "The object class of the root DSE is the server's choice (RFC 4512 §5.1). Its attributes can be filtered and compared here, and it has hasSubordinates like every entry.",
    explains: about(new RegExp(`base "" |^compare "" |\\((?:${rootAttributes})(?:[<>~]?=|:)`)),
  },
  {
    title: 'Sorting by what cannot be sorted by',
    reason:
      'RFC 2891 §2 wants unavailableCriticalExtension, or unsorted entries when the control is not critical, and the cause in the response control. OpenLDAP ends the search with the cause.',
    explains: about(/ sorted by (?:noSuchAttribute|uid by no rule|jpegPhoto)/),
  },
  {
    title: 'Result codes of virtual list views',
    reason:
      'draft-ietf-ldapext-ldapv3-vlv-09 §6.2 has offsetRangeError (61) and sortControlMissing (60); OpenLDAP puts 77 and 76 into its control, and has no answer to a view that begins at 0.',
    explains: about(/ view (?:beyond|at 0|unsorted)/),
  },
  {
    title: 'Attributes without matching values',
    reason:
      'RFC 3876 §3 selects values, not attributes: an attribute of which no value matches comes without values. OpenLDAP leaves it out, and counts subclasses as values of objectClass that match.',
    explains: about(/ values (?:of|by) /),
  },
  {
    title: 'Dereferencing to unknown attributes',
    reason:
      'A name that the schema does not have is passed over, as in the selection of a search (RFC 4511 §4.5.1.8). To OpenLDAP it is a protocolError, even when the control is not critical.',
    explains: about(/ dereferencing member:\[noSuchValue /),
  },
  {
    title: 'Proxied authorization',
    reason:
      'Nobody acts for somebody else here (RFC 4370 is not offered), so that the critical control is refused as unknown.',
    explains: about(/ proxied authorization/),
  },
  {
    title: 'Malformed assertion control',
    reason: 'A control value that is no filter is protocolError (RFC 4511 §4.1.11); OpenLDAP answers assertionFailed.',
    explains: about(/ asserts garbage/),
  },
];

/** Matching rules (RFC 4517 §4.2, RFC 4530, [MS-ADTS] 3.1.1.3.4.4): what each compares, and to which syntaxes it applies. */

import { Syntax } from './schema-syntaxes.ts';
import {
  prepareCaseExact,
  prepareCaseIgnore,
  prepareNumericString,
  prepareSubstring,
  prepareTelephoneNumber,
  spaceForSubstrings,
} from './string-prep.ts';
import type { SubstringPosition } from './string-prep.ts';
import * as forms from './value-forms.ts';
import type { NormalForm } from './value-forms.ts';

/** How parts of a substring assertion and the value they are looked for in are prepared. */
export interface SubstringForm {
  readonly value: (text: string) => string;
  readonly part: (text: string, position: SubstringPosition) => string;
}

/** How a rule decides. */
export type RuleKind = 'equality' | 'ordering' | 'substrings' | 'bitAnd' | 'bitOr' | 'inChain';

/** One matching rule. */
export interface MatchingRule {
  readonly oid: string;
  /** Undefined for the one that Microsoft gave a name that RFC 4512 does not admit. */
  readonly name: string | undefined;
  readonly kind: RuleKind;
  /** Syntax of the assertion value. */
  readonly syntax: string;
  /** Syntaxes of the attributes that it can be asked for. */
  readonly appliesTo: readonly string[];
  /** Normal form of attribute values and, except for substrings, of assertion values. */
  readonly form: NormalForm;
  /** Set on rules whose normal form of plain ASCII can be compared without making it. */
  readonly ascii: 'fold' | 'exact' | undefined;
  readonly substrings: SubstringForm | undefined;
}

const arc = '1.3.6.1.4.1.1466.115.121.1';
// RFC 4517 §4.2.3, §4.2.11: syntaxes whose ASN.1 type is DirectoryString or one of its alternatives; IA5String is none.
const strings = [Syntax.directoryString, `${arc}.44`, `${arc}.11`, `${arc}.50`];
// There is no rule that orders IA5 strings, and clients sort by mail with the one of directory strings.
const orderedStrings = [...strings, Syntax.ia5String];

const ignoreParts: SubstringForm = {
  value: (text) => spaceForSubstrings(prepareCaseIgnore(text)),
  part: (text, position) => prepareSubstring(text, position, true),
};
const exactParts: SubstringForm = {
  value: (text) => spaceForSubstrings(prepareCaseExact(text)),
  part: (text, position) => prepareSubstring(text, position, false),
};
const numericParts: SubstringForm = { value: prepareNumericString, part: prepareNumericString };
const telephoneParts: SubstringForm = { value: prepareTelephoneNumber, part: prepareTelephoneNumber };
// RFC 4517 §4.2.13: a substring does not reach over the end of a line.
const listParts: SubstringForm = {
  value: (text) => text.split('$').map(ignoreParts.value).join('\n'),
  part: ignoreParts.part,
};

type Extra = Partial<Pick<MatchingRule, 'ascii' | 'substrings'>>;

function rule(
  kind: RuleKind,
  oid: string,
  name: string | undefined,
  syntax: string,
  appliesTo: readonly string[],
  form: NormalForm,
  extra: Extra = {},
): MatchingRule {
  return { oid, name, kind, syntax, appliesTo, form, ascii: extra.ascii, substrings: extra.substrings };
}

function stringRules(): readonly MatchingRule[] {
  const text = Syntax.directoryString;
  const ia5 = Syntax.ia5String;
  const part = `${arc}.58`;
  const { caseIgnoreForm, caseExactForm, caseIgnoreIa5Form, caseExactIa5Form } = forms;
  return [
    rule('equality', '2.5.13.2', 'caseIgnoreMatch', text, strings, caseIgnoreForm, { ascii: 'fold' }),
    rule('ordering', '2.5.13.3', 'caseIgnoreOrderingMatch', text, orderedStrings, caseIgnoreForm),
    rule('substrings', '2.5.13.4', 'caseIgnoreSubstringsMatch', part, strings, caseIgnoreForm, {
      substrings: ignoreParts,
    }),
    rule('equality', '2.5.13.5', 'caseExactMatch', text, strings, caseExactForm, { ascii: 'exact' }),
    rule('ordering', '2.5.13.6', 'caseExactOrderingMatch', text, orderedStrings, caseExactForm),
    rule('substrings', '2.5.13.7', 'caseExactSubstringsMatch', part, strings, caseExactForm, {
      substrings: exactParts,
    }),
    rule('equality', '1.3.6.1.4.1.1466.109.114.1', 'caseExactIA5Match', ia5, [ia5], caseExactIa5Form, {
      ascii: 'exact',
    }),
    rule('equality', '1.3.6.1.4.1.1466.109.114.2', 'caseIgnoreIA5Match', ia5, [ia5], caseIgnoreIa5Form, {
      ascii: 'fold',
    }),
    rule('substrings', '1.3.6.1.4.1.1466.109.114.3', 'caseIgnoreIA5SubstringsMatch', part, [ia5], caseIgnoreIa5Form, {
      substrings: ignoreParts,
    }),
    rule('substrings', '1.3.6.1.4.1.4203.1.2.1', 'caseExactIA5SubstringsMatch', part, [ia5], caseExactIa5Form, {
      substrings: exactParts,
    }),
  ];
}

function spacelessRules(): readonly MatchingRule[] {
  const numeric = `${arc}.36`;
  const phone = `${arc}.50`;
  const fax = `${arc}.22`;
  const lines = `${arc}.41`;
  const part = `${arc}.58`;
  return [
    rule('equality', '2.5.13.8', 'numericStringMatch', numeric, [numeric], forms.numericStringForm),
    rule('ordering', '2.5.13.9', 'numericStringOrderingMatch', numeric, [numeric], forms.numericStringForm),
    rule('substrings', '2.5.13.10', 'numericStringSubstringsMatch', part, [numeric], forms.numericStringForm, {
      substrings: numericParts,
    }),
    rule('equality', '2.5.13.11', 'caseIgnoreListMatch', lines, [lines], forms.caseIgnoreListForm),
    rule('substrings', '2.5.13.12', 'caseIgnoreListSubstringsMatch', part, [lines], forms.caseIgnoreListForm, {
      substrings: listParts,
    }),
    rule('equality', '2.5.13.20', 'telephoneNumberMatch', phone, [phone, fax], forms.telephoneNumberForm),
    rule('substrings', '2.5.13.21', 'telephoneNumberSubstringsMatch', part, [phone, fax], forms.telephoneNumberForm, {
      substrings: telephoneParts,
    }),
  ];
}

function valueRules(): readonly MatchingRule[] {
  const { dn, boolean, integer, octetString, generalizedTime } = Syntax;
  const uid = `${arc}.34`;
  const uuid = '1.3.6.1.1.16.1';
  const csn = '1.3.6.1.4.1.4203.666.11.2.1';
  return [
    rule('equality', '2.5.13.1', 'distinguishedNameMatch', dn, [dn], forms.dnForm),
    rule('equality', '2.5.13.13', 'booleanMatch', boolean, [boolean], forms.booleanForm),
    rule('equality', '2.5.13.14', 'integerMatch', integer, [integer], forms.integerForm),
    rule('ordering', '2.5.13.15', 'integerOrderingMatch', integer, [integer], forms.integerForm),
    rule('equality', '2.5.13.16', 'bitStringMatch', `${arc}.6`, [`${arc}.6`], forms.bitStringForm),
    rule('equality', '2.5.13.17', 'octetStringMatch', octetString, [octetString], forms.octetStringForm),
    rule('ordering', '2.5.13.18', 'octetStringOrderingMatch', octetString, [octetString], forms.octetStringForm),
    rule('equality', '2.5.13.23', 'uniqueMemberMatch', uid, [uid], forms.nameAndUidForm),
    rule(
      'equality',
      '2.5.13.27',
      'generalizedTimeMatch',
      generalizedTime,
      [generalizedTime],
      forms.generalizedTimeForm,
    ),
    rule(
      'ordering',
      '2.5.13.28',
      'generalizedTimeOrderingMatch',
      generalizedTime,
      [generalizedTime],
      forms.generalizedTimeForm,
    ),
    rule('equality', '1.3.6.1.1.16.2', 'UUIDMatch', uuid, [uuid], forms.uuidForm),
    rule('ordering', '1.3.6.1.1.16.3', 'UUIDOrderingMatch', uuid, [uuid], forms.uuidForm),
    rule('equality', '1.3.6.1.4.1.4203.666.11.2.2', 'CSNMatch', csn, [csn], forms.csnForm),
    rule('ordering', '1.3.6.1.4.1.4203.666.11.2.3', 'CSNOrderingMatch', csn, [csn], forms.csnForm),
    rule('bitAnd', '1.2.840.113556.1.4.803', 'integerBitAndMatch', integer, [integer], forms.integerForm),
    rule('bitOr', '1.2.840.113556.1.4.804', 'integerBitOrMatch', integer, [integer], forms.integerForm),
    rule('inChain', '1.2.840.113556.1.4.1941', undefined, dn, [dn, uid], forms.dnForm),
  ];
}

const numericOid = /^\d+(?:\.\d+)+$/;

/** Rules on object identifiers, which compare names by what they stand for (RFC 4517 §4.2.26, §4.2.27, §4.2.15). */
function identifierRules(oidOf: (name: string) => string | undefined): readonly MatchingRule[] {
  const identifier: NormalForm = (value) => {
    const text = value.toString('latin1');
    const oid = numericOid.test(text) ? text : oidOf(text);
    return oid === undefined ? undefined : Buffer.from(oid);
  };
  const firstComponent =
    (form: NormalForm): NormalForm =>
    (value) => {
      const first = /^\s*\(\s*([^\s()]+)/.exec(value.toString('latin1'))?.[1];
      return form(first === undefined ? value : Buffer.from(first, 'latin1'));
    };
  const oid = `${arc}.38`;
  const descriptions = ['3', '16', '30', '31', '35', '37', '54'].map((number) => `${arc}.${number}`);
  return [
    rule('equality', '2.5.13.0', 'objectIdentifierMatch', oid, [oid], identifier),
    rule('equality', '2.5.13.30', 'objectIdentifierFirstComponentMatch', oid, descriptions, firstComponent(identifier)),
    rule(
      'equality',
      '2.5.13.29',
      'integerFirstComponentMatch',
      Syntax.integer,
      [`${arc}.17`],
      firstComponent(forms.integerForm),
    ),
  ];
}

/** All rules; `oidOf` resolves the names of schema elements. */
export function createMatchingRules(oidOf: (name: string) => string | undefined): readonly MatchingRule[] {
  return [...identifierRules(oidOf), ...stringRules(), ...spacelessRules(), ...valueRules()];
}

/** A MatchingRuleDescription (RFC 4512 §4.1.3). */
export function formatMatchingRule(rule: MatchingRule): string {
  return `( ${rule.oid}${rule.name === undefined ? '' : ` NAME '${rule.name}'`} SYNTAX ${rule.syntax} )`;
}

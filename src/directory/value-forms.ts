/**
 * Normal forms of values: under a matching rule two values are equal exactly when their normal forms have the same bytes,
 * and where a rule orders values the bytes of the normal forms are in that order. Each function answers undefined for a
 * value that its syntax does not admit (RFC 4517 §3.3).
 */

import { normalizeDn } from './dn.ts';
import { writePlainForm } from './plain-form.ts';
import {
  decodeUtf8,
  prepareCaseExact,
  prepareCaseIgnore,
  prepareNumericString,
  prepareTelephoneNumber,
} from './string-prep.ts';

/** Turns the octets of a value into its normal form; undefined when they are no value of the syntax. */
export type NormalForm = (value: Buffer) => Buffer | undefined;

function plainForm(value: Buffer, folds: boolean): Buffer | undefined {
  const form = Buffer.allocUnsafe(value.length);
  return writePlainForm(value, { from: 0, to: value.length }, folds, form, 0) ? form : undefined;
}

function textForm(prepare: (text: string) => string, folds: boolean, admitsEmpty: boolean): NormalForm {
  const prepared = stringForm(prepare, admitsEmpty);
  return (value) => plainForm(value, folds) ?? prepared(value);
}

function stringForm(prepare: (text: string) => string, admitsEmpty: boolean): NormalForm {
  return (value) => {
    if (value.length === 0 && !admitsEmpty) return undefined;
    const text = decodeUtf8(value);
    return text === undefined ? undefined : Buffer.from(prepare(text));
  };
}

/** caseIgnoreMatch on DirectoryString, which has at least one character (RFC 4517 §3.3.6). */
export const caseIgnoreForm = textForm(prepareCaseIgnore, true, false);
/** caseExactMatch on DirectoryString. */
export const caseExactForm = textForm(prepareCaseExact, false, false);
/** caseIgnoreIA5Match; characters beyond IA5 are compared like those of a DirectoryString, since mail addresses have them. */
export const caseIgnoreIa5Form = textForm(prepareCaseIgnore, true, true);
/** caseExactIA5Match. */
export const caseExactIa5Form = textForm(prepareCaseExact, false, true);
/** numericStringMatch on NumericString: digits and spaces (RFC 4517 §3.3.23), the spaces without meaning. */
export function numericStringForm(value: Buffer): Buffer | undefined {
  const text = value.toString('latin1');
  return /^[\d ]+$/.test(text) ? Buffer.from(prepareNumericString(text)) : undefined;
}

/** telephoneNumberMatch. */
export const telephoneNumberForm = stringForm(prepareTelephoneNumber, false);

/** The octets themselves: octetStringMatch. */
export function octetStringForm(value: Buffer): Buffer {
  return value;
}

/**
 * integerMatch and integerOrderingMatch for any number of digits: sign, count of digits and digits, all complemented for
 * negative numbers so that byte order is numeric order. Leading zeros are taken.
 */
export function integerForm(value: Buffer): Buffer | undefined {
  return plainIntegerForm(value) ?? writtenIntegerForm(value);
}

/** Of digits alone without a leading zero, as numbers of users and groups are. */
function plainIntegerForm(value: Buffer): Buffer | undefined {
  if (value.length === 0 || value[0] === 0x30) return undefined;
  for (const octet of value) if (octet < 0x30 || octet > 0x39) return undefined;
  const form = Buffer.allocUnsafe(5 + value.length);
  form[0] = 2;
  form.writeUInt32BE(value.length, 1);
  form.set(value, 5);
  return form;
}

function writtenIntegerForm(value: Buffer): Buffer | undefined {
  const parts = /^(-?)0*(\d+)$/.exec(value.toString('latin1'));
  if (parts === null) return undefined;
  const digits = parts[2] ?? '';
  const negative = parts[1] === '-' && digits !== '0';
  const form = Buffer.alloc(5 + digits.length);
  form[0] = negative ? 0xfe : 2;
  form.writeUInt32BE(digits.length, 1);
  form.write(digits, 5, 'latin1');
  return negative ? Buffer.from(form.map((octet) => 0xff - octet)) : form;
}

/** The number that an integer value stands for; undefined when it is none. */
export function integerValue(value: Buffer): bigint | undefined {
  const text = value.toString('latin1');
  return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

/** booleanMatch (RFC 4517 §3.3.3). */
export function booleanForm(value: Buffer): Buffer | undefined {
  const text = value.toString('latin1');
  return text === 'TRUE' || text === 'FALSE' ? value : undefined;
}

const timePattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d+))?(?:Z|([+-])(\d\d)(\d\d)?)$/;

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function isDate(year: number, month: number, day: number): boolean {
  const days = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days;
}

/** Nanoseconds of a decimal fraction of a unit that lasts `unitSeconds`; finer parts are cut off. */
function fractionNs(digits: string, unitSeconds: number): bigint {
  return (BigInt(digits.slice(0, 15).padEnd(15, '0')) * BigInt(unitSeconds)) / 1_000_000n;
}

/**
 * generalizedTimeMatch and generalizedTimeOrderingMatch (RFC 4517 §3.3.13): the instant in UTC, whatever offset, omitted
 * minutes or fraction of an hour, minute or second it was written with, to the nanosecond.
 */
export function generalizedTimeForm(value: Buffer): Buffer | undefined {
  const parts = timePattern.exec(value.toString('latin1'));
  if (parts === null) return undefined;
  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const offsetHour = Number(parts[9] ?? 0);
  const offsetMinute = Number(parts[10] ?? 0);
  if (!isDate(year, month, day) || hour > 23 || offsetHour > 23 || offsetMinute > 59) return undefined;
  if ((parts[5] !== undefined && minute > 59) || (parts[6] !== undefined && second > 60)) return undefined;
  const offset = (offsetHour * 60 + offsetMinute) * (parts[8] === '-' ? -1 : 1);
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, (parts[5] === undefined ? 0 : minute) - offset, parts[6] === undefined ? 0 : second);
  const unit = parts[5] === undefined ? 3600 : parts[6] === undefined ? 60 : 1;
  const ns = BigInt(at.getTime()) * 1_000_000n + (parts[7] === undefined ? 0n : fractionNs(parts[7], unit));
  // Counted from before the year 0 so that every time a four-digit year can express is positive.
  const form = Buffer.alloc(16);
  const shifted = ns + (1n << 68n);
  form.writeBigUInt64BE(shifted >> 64n, 0);
  form.writeBigUInt64BE(shifted & 0xffff_ffff_ffff_ffffn, 8);
  return form;
}

/** UUIDMatch (RFC 4530 §2.1): the hyphenated text, whatever its case. */
export function uuidForm(value: Buffer): Buffer | undefined {
  if (isUuidForm(value)) return value;
  const text = value.toString('latin1').toLowerCase();
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? Buffer.from(text) : undefined;
}

/** Whether it is the form already, as every entryUUID of ours is. */
function isUuidForm(value: Buffer): boolean {
  for (let i = 0; i < value.length; i++) {
    const octet = value[i] ?? 0;
    const isHyphen = i === 8 || i === 13 || i === 18 || i === 23;
    const isDigit = (octet >= 0x30 && octet <= 0x39) || (octet >= 0x61 && octet <= 0x66);
    if (isHyphen ? octet !== 0x2d : !isDigit) return false;
  }
  return value.length === 36;
}

/** distinguishedNameMatch. */
export function dnForm(value: Buffer): Buffer | undefined {
  const text = decodeUtf8(value);
  const normalized = text === undefined ? undefined : normalizeDn(text);
  return normalized === undefined ? undefined : Buffer.from(normalized);
}

/** uniqueMemberMatch (RFC 4517 §3.3.21): a DN, then perhaps `#` and a bit string. */
export function nameAndUidForm(value: Buffer): Buffer | undefined {
  const text = value.toString('latin1');
  const uid = /#'[01]*'B$/.exec(text);
  if (uid === null) return dnForm(value);
  const name = dnForm(value.subarray(0, uid.index));
  return name === undefined ? undefined : Buffer.concat([name, Buffer.from(uid[0])]);
}

/** bitStringMatch (RFC 4517 §3.3.2). */
export function bitStringForm(value: Buffer): Buffer | undefined {
  return /^'[01]*'B$/.test(value.toString('latin1')) ? value : undefined;
}

/** caseIgnoreListMatch (RFC 4517 §3.3.28): lines separated by `$`, each prepared like a DirectoryString. */
export function caseIgnoreListForm(value: Buffer): Buffer | undefined {
  const text = value.length === 0 ? undefined : decodeUtf8(value);
  if (text === undefined) return undefined;
  const lines = text
    .split('$')
    .map((line) => line.replace(/\\(24|5c)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));
  return Buffer.from(lines.map(prepareCaseIgnore).join('\n'));
}

const csnPattern = /^\d{14}(?:\.\d{6})?z#[0-9a-f]{6}#[0-9a-f]{2,3}#[0-9a-f]{6}$/i;

/** CSNMatch: the text of a change sequence number, octet by octet as OpenLDAP compares it. */
export function csnForm(value: Buffer): Buffer | undefined {
  return csnPattern.test(value.toString('latin1')) ? value : undefined;
}

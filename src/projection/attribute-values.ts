/** Which values attributes admit, and the form in which a text becomes one (RFC 4517 §3.3). */
import { normalizeDn } from '../directory/dn.ts';
import type { AttributeType } from '../directory/schema-elements.ts';
import { Syntax } from '../directory/schema-syntaxes.ts';
import { generalizedTimeForm, uuidForm } from '../directory/value-forms.ts';
import { valueLengthMax } from './template-functions.ts';
import { generalizedTime, ia5, instant, telephone } from './values.ts';

/** The value that a text is for an attribute, or undefined when it cannot be one. */
export type Fit = (text: string) => string | undefined;

const msPerDay = 86_400_000;
const arc = '1.3.6.1.4.1.1466.115.121.1';

const bySyntax: ReadonlyMap<string, Fit> = new Map<string, Fit>([
  [Syntax.directoryString, (text) => text],
  [Syntax.ia5String, ia5],
  [Syntax.boolean, booleanOf],
  [Syntax.integer, integerOf],
  [Syntax.generalizedTime, timeOf],
  [Syntax.dn, dnOf],
  [`${arc}.11`, (text) => (/^[A-Za-z]{2}$/.test(text) ? text : undefined)],
  // A fax number begins with a telephone number (§3.3.11).
  [`${arc}.22`, telephone],
  [`${arc}.36`, (text) => (/^[\d ]+$/.test(text) ? text : undefined)],
  [`${arc}.41`, (text) => text.trim().replaceAll(/\s*[\r\n]+\s*/g, '$')],
  [`${arc}.44`, telephone],
  [`${arc}.50`, telephone],
  ['1.3.6.1.1.16.1', (text) => uuidForm(Buffer.from(text))?.toString('latin1')],
]);

const byKey: ReadonlyMap<string, Fit> = new Map<string, Fit>([
  // A colon or a line break would end the field of a passwd line.
  ['gecos', (text) => text.replaceAll(/[:\n\r]/g, ' ').trim() || undefined],
  ['shadowlastchange', (text) => integerOf(text) ?? daysOf(text)],
]);

/** How texts become values of an attribute; undefined for attributes that hold no text: pictures, keys, passwords. */
export function fitOf(type: AttributeType): Fit | undefined {
  const fit = byKey.get(type.key) ?? bySyntax.get(type.syntax);
  return fit && ((text) => (text.length > valueLengthMax ? undefined : fit(text)));
}

function booleanOf(text: string): string | undefined {
  const word = text.trim().toUpperCase();
  return word === 'TRUE' || word === 'FALSE' ? word : undefined;
}

/** An INTEGER without leading zeros (§3.3.16). */
function integerOf(text: string): string | undefined {
  const digits = text.trim();
  return /^-?\d{1,64}$/.test(digits) ? String(BigInt(digits)) : undefined;
}

function timeOf(text: string): string | undefined {
  const written = text.trim();
  if (generalizedTimeForm(Buffer.from(written)) !== undefined) return written;
  const ms = isoInstant(written);
  return ms === undefined ? undefined : generalizedTime(ms);
}

function daysOf(text: string): string | undefined {
  const ms = isoInstant(text.trim());
  return ms === undefined ? undefined : String(Math.floor(ms / msPerDay));
}

// Date.parse takes much that nobody means as a time, a lone "7" for instance.
function isoInstant(text: string): number | undefined {
  return /^\d{4}-\d\d-\d\d(?:T|$)/.test(text) ? instant(text) : undefined;
}

function dnOf(text: string): string | undefined {
  const key = normalizeDn(text);
  return key === undefined || key === '' ? undefined : text;
}

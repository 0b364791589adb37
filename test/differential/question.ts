import type { Filter } from '../../src/directory/filter.ts';
import { formatDn, parseDn } from '../../src/directory/dn.ts';
import { Syntax } from '../../src/directory/schema-syntaxes.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import { encodeFilter } from '../support/filter-ber.ts';
import { formatFilter } from '../support/filter-format.ts';
import { compareRequest, control, elements, searchRequest, type SearchFields } from '../support/ldap-ber.ts';
import type { RawClient, RawResult } from '../support/ldap-raw-client.ts';
import { baseDn } from './servers.ts';

const nameAndUid = '1.3.6.1.4.1.1466.115.121.1.34';

/** What a server said, in a form that can be compared. */
export type Answer = Readonly<Record<string, unknown>>;

/** One question that both servers are asked. */
export interface Question {
  /** Says what is asked; no other question has the same. */
  readonly name: string;
  ask(client: RawClient, nextId: () => number): Promise<Answer>;
}

/** How a search is asked, and how its answer is looked at. */
export interface SearchOptions extends Omit<SearchFields, 'filter'> {
  readonly filter?: Filter | Buffer;
  readonly controls?: readonly Control[];
  /** Whether the order of the entries is a part of the answer. */
  readonly ordered?: boolean;
}

/** A control with the name that questions call it by. */
export interface Control {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Makes a {@link Control}. */
export function namedControl(name: string, oid: string, critical: boolean, value?: Buffer): Control {
  return { name: `${name}${critical ? ' (critical)' : ''}`, bytes: control(oid, critical, value) };
}

const scopes = ['base', 'one', 'sub', 'subordinate'];

/** A search; what differs from "the whole tree, names only" is in its name. */
export function search(options: SearchOptions): Question {
  const { filter, controls = [], ordered = false, ...fields } = options;
  const bytes = filter === undefined || Buffer.isBuffer(filter) ? filter : encodeFilter(filter);
  const request = searchRequest({ base: baseDn, attributes: ['1.1'], ...fields, ...(bytes && { filter: bytes }) });
  const sent = controls.length === 0 ? undefined : controls.map((each) => each.bytes);
  return {
    name: searchName(options),
    ask: async (client, nextId) => answerOf(await client.ask(nextId(), request, sent), ordered),
  };
}

function searchName({ filter, controls = [], ordered: _ordered, ...fields }: SearchOptions): string {
  const words: string[] = ['search'];
  if (filter !== undefined) words.push(Buffer.isBuffer(filter) ? `0x${filter.toString('hex')}` : formatFilter(filter));
  if (fields.base !== undefined) words.push(`base "${fields.base.toString()}"`);
  if (fields.scope !== undefined) words.push(`scope ${scopes[fields.scope] ?? fields.scope}`);
  if (fields.attributes !== undefined) words.push(`attributes [${fields.attributes.join(' ')}]`);
  if (fields.typesOnly !== undefined) words.push('types only');
  if (fields.sizeLimit !== undefined) words.push(`size limit ${fields.sizeLimit}`);
  if (fields.deref !== undefined) words.push(`deref ${fields.deref}`);
  return [...words, ...controls.map(({ name }) => name)].join(' ');
}

/** A compare. */
export function compare(dn: string, attribute: string, value: string): Question {
  return {
    name: `compare "${dn}" ${attribute}=${value}`,
    ask: async (client, nextId) => answerOf(await client.ask(nextId(), compareRequest(dn, attribute, value)), false),
  };
}

/** The parts of a result that have to be the same; values of an attribute are a set (RFC 4511 §4.1.7), entries come in any order unless sorted. */
export function answerOf(result: RawResult, ordered: boolean): Answer {
  const entries = result.entries.map(({ dn, attributes }) => {
    const shown = [...attributes].map(([name, values]) => [name, values.map(spelling(name)).toSorted()] as const);
    return [plainDn(dn), Object.fromEntries(shown.toSorted(([a], [b]) => (a < b ? -1 : 1)))] as const;
  });
  return {
    code: result.code,
    matchedDn: plainDn(result.matchedDn),
    entries: ordered ? entries : entries.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    controls: Object.fromEntries([...result.controls].map(([oid, value]) => [oid, controlText(oid, value)])),
  };
}

const listViewResult = '2.16.840.1.113730.3.4.10';

/** The contextID that ends the result of a virtual list view means something to the server only that gave it. */
function controlText(oid: string, value: Buffer): string {
  if (oid !== listViewResult) return value.toString('hex');
  const [outer] = elements(value);
  return elements(outer?.body ?? value)
    .slice(0, 3)
    .map(({ body }) => body.toString('hex'))
    .join(' ');
}

/** RFC 4514 §2.4 leaves several ways to escape a character: OpenLDAP writes `\\2C` where others write `\\,`. */
function plainDn(dn: string): string {
  const parsed = parseDn(dn);
  return parsed === undefined ? dn : formatDn(parsed);
}

/** How values of an attribute are made comparable. */
function spelling(attribute: string): (value: string) => string {
  const syntax = standardSchema.attribute(attribute)?.syntax;
  return syntax === Syntax.dn || syntax === nameAndUid ? plainDn : (value) => value;
}

/** The notation in which schema elements are written and published (RFC 4512 §4.1). */

/** What an attribute type is for (RFC 4512 §4.1.2). */
export type AttributeUsage = 'userApplications' | 'directoryOperation' | 'distributedOperation' | 'dSAOperation';

/** An AttributeTypeDescription (RFC 4512 §4.1.2). Names and references are as written. */
export interface AttributeDefinition {
  readonly text: string;
  readonly oid: string;
  readonly names: readonly string[];
  readonly sup: string | undefined;
  readonly equality: string | undefined;
  readonly ordering: string | undefined;
  readonly substrings: string | undefined;
  /** Numeric OID without a length; undefined when inherited. */
  readonly syntax: string | undefined;
  readonly singleValue: boolean;
  readonly usage: AttributeUsage;
}

/** The three kinds of object classes (RFC 4512 §2.4). */
export type ObjectClassKind = 'ABSTRACT' | 'STRUCTURAL' | 'AUXILIARY';

/** An ObjectClassDescription (RFC 4512 §4.1.1). Names and references are as written. */
export interface ObjectClassDefinition {
  readonly text: string;
  readonly oid: string;
  readonly names: readonly string[];
  readonly sup: readonly string[];
  readonly kind: ObjectClassKind;
  readonly must: readonly string[];
  readonly may: readonly string[];
}

/** A schema element that cannot be read or does not fit the others. The message names the element. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

const keywordsWithoutValue = new Set([
  'OBSOLETE',
  'SINGLE-VALUE',
  'COLLECTIVE',
  'NO-USER-MODIFICATION',
  'ABSTRACT',
  'STRUCTURAL',
  'AUXILIARY',
]);

const numericOid = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+$/;
const token = /'[^']*'|[()$]|[^\s()$']+/g;

/** Whether a text can be the name of a schema element: letters, digits and hyphens, a letter first (RFC 4512 §1.4). */
export function isKeystring(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9-]*$/.test(text);
}

interface Fields {
  readonly oid: string;
  readonly values: ReadonlyMap<string, readonly string[]>;
}

function unquote(token: string): string {
  return token.startsWith("'") ? token.slice(1, -1) : token;
}

/** Reads one value or a parenthesised list of them; answers where the next keyword stands. */
function readValues(tokens: readonly string[], from: number): { values: readonly string[]; next: number } {
  if (tokens[from] !== '(') return { values: [unquote(tokens[from] ?? '')], next: from + 1 };
  const end = tokens.indexOf(')', from);
  const values = tokens.slice(from + 1, end).filter((token) => token !== '$');
  return { values: values.map(unquote), next: end + 1 };
}

function parseFields(text: string): Fields {
  const tokens = text.match(token) ?? [];
  const [open, oid = '', ...rest] = tokens;
  if (open !== '(' || rest.pop() !== ')' || !numericOid.test(oid) || /\S/.test(text.replace(token, ''))) {
    throw new SchemaError(`not a schema description: ${text}`);
  }
  const values = new Map<string, readonly string[]>();
  let at = 0;
  while (at < rest.length) {
    const keyword = rest[at] ?? '';
    const read = keywordsWithoutValue.has(keyword) ? { values: [], next: at + 1 } : readValues(rest, at + 1);
    values.set(keyword, read.values);
    at = read.next;
  }
  return { oid, values };
}

function parseNames(fields: Fields, text: string): readonly string[] {
  const names = fields.values.get('NAME') ?? [];
  if (names.length === 0 || !names.every(isKeystring)) {
    throw new SchemaError(`a schema description needs names of letters, digits and hyphens: ${text}`);
  }
  return names;
}

/** Reads an AttributeTypeDescription. Throws {@link SchemaError}. */
export function parseAttributeDefinition(text: string): AttributeDefinition {
  const fields = parseFields(text);
  const one = (keyword: string): string | undefined => fields.values.get(keyword)?.[0];
  const usage = one('USAGE');
  return {
    text,
    oid: fields.oid,
    names: parseNames(fields, text),
    sup: one('SUP'),
    equality: one('EQUALITY'),
    ordering: one('ORDERING'),
    substrings: one('SUBSTR'),
    syntax: one('SYNTAX')?.replace(/\{\d+\}$/, ''),
    singleValue: fields.values.has('SINGLE-VALUE'),
    usage:
      usage === 'directoryOperation' || usage === 'distributedOperation' || usage === 'dSAOperation'
        ? usage
        : 'userApplications',
  };
}

/** Reads an ObjectClassDescription. Throws {@link SchemaError}. */
export function parseObjectClassDefinition(text: string): ObjectClassDefinition {
  const fields = parseFields(text);
  const list = (keyword: string): readonly string[] => fields.values.get(keyword) ?? [];
  const kind = fields.values.has('ABSTRACT') ? 'ABSTRACT' : fields.values.has('AUXILIARY') ? 'AUXILIARY' : 'STRUCTURAL';
  return {
    text,
    oid: fields.oid,
    names: parseNames(fields, text),
    sup: list('SUP'),
    kind,
    must: list('MUST'),
    may: list('MAY'),
  };
}

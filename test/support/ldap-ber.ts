/** BER for tests, written apart from the code under test and able to write what no client should. */

/** One element: tag, definite shortest length, contents. */
export function element(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(contents.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([Buffer.from([tag]), lengthOctets(body.length), body]);
}

/** An element whose length octets are 0x84 and four octets, as Windows sends them. */
export function longElement(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const header = Buffer.from([tag, 0x84, 0, 0, 0, 0]);
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

/** The shortest length octets. */
export function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

/** An INTEGER in two's complement, shortest form. */
export function integer(value: number, tag = 0x02): Buffer {
  const octets: number[] = [];
  let rest = value;
  do {
    octets.unshift(((rest % 256) + 256) % 256);
    rest = Math.floor(rest / 256);
  } while (!(rest === 0 && (octets[0] ?? 0) < 0x80) && !(rest === -1 && (octets[0] ?? 0) >= 0x80));
  return element(tag, Buffer.from(octets));
}

/** An ENUMERATED. */
export function enumerated(value: number): Buffer {
  return integer(value, 0x0a);
}

/** An OCTET STRING. */
export function text(value: Buffer | string): Buffer {
  return element(0x04, value);
}

/** A BOOLEAN with this content octet. */
export function boolean(octet: boolean | number): Buffer {
  return element(0x01, Buffer.from([typeof octet === 'number' ? octet : octet ? 0xff : 0]));
}

/** A SEQUENCE. */
export function sequence(...contents: readonly (Buffer | string)[]): Buffer {
  return element(0x30, ...contents);
}

/** An LDAPMessage. */
export function message(id: number, operation: Buffer, controls?: readonly Buffer[]): Buffer {
  return sequence(integer(id), operation, ...(controls === undefined ? [] : [element(0xa0, ...controls)]));
}

/** A control. */
export function control(oid: string, critical?: boolean | number, value?: Buffer | string): Buffer {
  return sequence(
    text(oid),
    ...(critical === undefined ? [] : [boolean(critical)]),
    ...(value === undefined ? [] : [text(value)]),
  );
}

/** A paged results control (RFC 2696). */
export function pagedControl(size: number, cookie: Buffer | string = '', critical = true): Buffer {
  return control('1.2.840.113556.1.4.319', critical, sequence(integer(size), text(cookie)));
}

/** A simple bind request. */
export function bindRequest(name: string | Buffer, password: string | Buffer, version = 3): Buffer {
  return element(0x60, integer(version), text(name), element(0x80, password));
}

/** A SASL bind request; without credentials when they are left out. */
export function saslRequest(mechanism: string, credentials?: Buffer | string, name = ''): Buffer {
  const given = credentials === undefined ? [] : [text(credentials)];
  return element(0x60, integer(3), text(name), element(0xa3, text(mechanism), ...given));
}

/** An equality filter. */
export function equality(attribute: string, value: string | Buffer): Buffer {
  return element(0xa3, text(attribute), text(value));
}

/** A presence filter. */
export function present(attribute: string): Buffer {
  return element(0x87, attribute);
}

/** What a search request may say; defaults: everything below `dc=example,dc=com`, all user attributes. */
export interface SearchFields {
  readonly base?: string | Buffer;
  readonly scope?: number;
  readonly deref?: number;
  readonly sizeLimit?: number;
  readonly timeLimit?: number;
  readonly typesOnly?: boolean | number;
  readonly filter?: Buffer;
  readonly attributes?: readonly string[];
  /** Elements behind the last one that RFC 4511 knows. */
  readonly extra?: Buffer;
}

/** A search request. */
export function searchRequest(fields: SearchFields = {}): Buffer {
  return element(
    0x63,
    text(fields.base ?? 'dc=example,dc=com'),
    enumerated(fields.scope ?? 2),
    enumerated(fields.deref ?? 0),
    integer(fields.sizeLimit ?? 0),
    integer(fields.timeLimit ?? 0),
    boolean(fields.typesOnly ?? false),
    fields.filter ?? present('objectClass'),
    sequence(...(fields.attributes ?? []).map((name) => text(name))),
    fields.extra ?? '',
  );
}

/** A compare request. */
export function compareRequest(dn: string, attribute: string, value: string): Buffer {
  return element(0x6e, text(dn), sequence(text(attribute), text(value)));
}

/** An extended request. */
export function extendedRequest(oid: string, value?: string): Buffer {
  return element(0x77, element(0x80, oid), ...(value === undefined ? [] : [element(0x81, value)]));
}

/** An abandon request. */
export function abandonRequest(id: number): Buffer {
  return integer(id, 0x50);
}

/** An unbind request. */
export function unbindRequest(): Buffer {
  return element(0x42);
}

/** Tag and contents of one element. */
export interface Element {
  readonly tag: number;
  readonly body: Buffer;
}

/** Length of the whole first element, or undefined when not even its header is there. */
export function elementLength(bytes: Buffer): number | undefined {
  const first = bytes[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const octets = first & 0x7f;
  if (bytes.length < 2 + octets) return undefined;
  return 2 + octets + bytes.readUIntBE(2, octets);
}

/** The elements inside these bytes. */
export function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const length = elementLength(rest);
    if (length === undefined || length > rest.length) throw new Error('the server sent broken BER');
    const header = (rest[1] ?? 0) < 0x80 ? 2 : 2 + ((rest[1] ?? 0) & 0x7f);
    found.push({ tag: rest[0] ?? 0, body: rest.subarray(header, length) });
    rest = rest.subarray(length);
  }
  return found;
}

/** The value of an INTEGER's contents. */
export function integerValue(body: Buffer): number {
  return body.length === 0 ? Number.NaN : body.readIntBE(0, body.length);
}

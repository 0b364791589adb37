const hexDigits = Buffer.from('0123456789ABCDEF');
const plus = 0x2b;
const percent = 0x25;
const space = 0x20;
// What the serializer of https://url.spec.whatwg.org/#urlencoded-serializing leaves as it is.
const plain: ReadonlySet<number> = new Set(
  Buffer.from('*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'),
);

/**
 * A form (application/x-www-form-urlencoded) with a password as its last field. The password is never a string on the way, because
 * nobody can wipe one: the octets that are returned hold the only copy, and belong to the caller.
 */
export function passwordForm(fields: Readonly<Record<string, string>>, password: Buffer): Buffer {
  const front = Buffer.from(`${new URLSearchParams(fields).toString()}&password=`);
  let length = front.length;
  for (const octet of password) length += isOneOctet(octet) ? 1 : 3;
  const form = Buffer.alloc(length);
  let at = front.copy(form);
  for (const octet of password) at = writeOctet(form, at, octet);
  return form;
}

function isOneOctet(octet: number): boolean {
  return octet === space || plain.has(octet);
}

function writeOctet(form: Buffer, at: number, octet: number): number {
  if (isOneOctet(octet)) return form.writeUInt8(octet === space ? plus : octet, at);
  form.writeUInt8(percent, at);
  form.writeUInt8(hexDigits[octet >> 4] ?? 0, at + 1);
  return form.writeUInt8(hexDigits[octet & 15] ?? 0, at + 2);
}

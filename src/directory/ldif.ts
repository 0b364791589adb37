/** Writes LDIF (RFC 2849): one attribute value a line, folded, and base64 for everything that is no safe string. */

/** The line that an LDIF file begins with (RFC 2849, version-spec). */
export const ldifVersion = 'version: 1\n';

// RFC 2849 note 2: no line need be longer than 76 characters.
const lineLengthMax = 76;

/**
 * Whether a value may stand as it is. SAFE-STRING forbids NUL, LF, CR, everything beyond ASCII, and a space, colon or
 * less-than sign at the beginning; note 8 asks for base64 when it ends with a space. The other control characters would be
 * allowed, but not every editor and terminal leaves them alone.
 */
function isSafe(value: Buffer): boolean {
  const first = value[0];
  if (first === 0x20 || first === 0x3a || first === 0x3c || value.at(-1) === 0x20) return false;
  for (const octet of value) if (octet < 0x20 || octet > 0x7e) return false;
  return true;
}

function fold(line: string): string {
  if (line.length <= lineLengthMax) return `${line}\n`;
  let folded = `${line.slice(0, lineLengthMax)}\n`;
  for (let at = lineLengthMax; at < line.length; at += lineLengthMax - 1) {
    folded += ` ${line.slice(at, at + lineLengthMax - 1)}\n`;
  }
  return folded;
}

/** The attrval-spec of one value, or the dn-spec when the name is `dn`; folded, with its line end. */
export function ldifLine(name: string, value: Buffer): string {
  if (isSafe(value)) return fold(value.length === 0 ? `${name}:` : `${name}: ${value.toString('latin1')}`);
  return fold(`${name}:: ${value.toString('base64')}`);
}

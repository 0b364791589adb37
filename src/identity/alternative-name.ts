// Quotes, commas and backslashes are how lists of such names are written, so that a name with one is never read back.
const NAME = /^(dns|email|uri):((?:(?![\\'",])[!-~]){1,255})$/i;

/**
 * Reads a name that a certificate has beside its subject (RFC 5280 §4.2.1.6), written `dns:host.example.com`,
 * `email:a@example.com` or `uri:spiffe://example.com/a`, into the form in which equal names are equal texts: host names in
 * lower case, the rest as it is (RFC 5280 §7.2 to §7.5). Undefined for anything else.
 */
export function parseAlternativeName(text: string): string | undefined {
  const [, kind = '', name = ''] = NAME.exec(text) ?? [];
  switch (kind.toLowerCase()) {
    case 'dns':
      return `dns:${name.toLowerCase()}`;
    case 'email': {
      const [local = '', host = '', ...more] = name.split('@');
      return local === '' || host === '' || more.length > 0 ? undefined : `email:${local}@${host.toLowerCase()}`;
    }
    case 'uri':
      return `uri:${name}`;
    default:
      return undefined;
  }
}

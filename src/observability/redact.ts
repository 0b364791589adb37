/**
 * The last line of defence: nobody should hand a secret to the log, and if somebody does, it does not come out. Patterns
 * are searched without backtracking over unbounded parts, so that hostile text costs time linear in its length.
 */

const RULES: readonly (readonly [RegExp, string])[] = [
  // JSON Web Tokens: access tokens, refresh tokens of newer kinds, client assertions (RFC 7519 §3).
  [/\beyJ[\w-]{8,4096}\.[\w-]+(?:\.[\w-]*)?/g, '[token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, '$1 [redacted]'],
  // Delta and next links carry state that works without further proof of identity and holds personal data.
  [/((?:\$|%24)(?:skip|delta)token=)[^&\s"'<>]+/gi, '$1[redacted]'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g, '[private key]'],
  [/\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}/g, '[hash]'],
  // Form fields and query parameters (RFC 6749 §4), and members of JSON objects.
  [/([\w-]{0,40}(?:secret|assertion|password|passwd|pwd|token)=)(?:"(?:[^"\\]|\\.)*"?|[^\s&"'}]+)/gi, '$1[redacted]'],
  [
    /("[\w-]{0,40}(?:secret|assertion|password|passwd|pwd|token)"\s{0,8}:\s{0,8})"(?:[^"\\]|\\.)*"?/gi,
    '$1"[redacted]"',
  ],
  // The user part of an address (RFC 3986 §3.2.1).
  [/(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']{1,256}@/gi, '$1[redacted]@'],
];

const SECRET_FIELD = /(?:password|secret|token|authorization|credential|assertion)$/i;

/** The text without what looks like a token, password, client secret, delta link, key or hash. */
export function redact(text: string): string {
  let redacted = text;
  for (const [pattern, replacement] of RULES) redacted = redacted.replaceAll(pattern, replacement);
  return redacted;
}

/** True for the name of a field whose value must not be written, whatever it looks like. */
export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name);
}

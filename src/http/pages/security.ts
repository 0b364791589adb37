/** What protects pages in a browser: headers, cookies, and that forms come from our own pages. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpServices } from '../services.ts';

/**
 * Nothing but our own style sheet, script, icon and event stream is loaded, no form goes elsewhere, nobody may frame a page
 * (https://www.w3.org/TR/CSP3/).
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // With "no-referrer" browsers would send "Origin: null" with our own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
} as const;

/** Puts the headers of a page on an answer. */
export function protect(reply: FastifyReply): void {
  reply.headers(headers);
}

/** Which cookie of ours: of a session, or of the page where one signs in. */
export type CookieUse = 'session' | 'sign-in';

/**
 * The name of a cookie. Over TLS it has the prefix by which browsers make sure that it came from this host over TLS
 * (RFC 6265bis §4.1.3.2); over clear text, which only this machine should use, they would refuse it.
 */
export function cookieName(use: CookieUse, isSecure: boolean): string {
  return `${isSecure ? '__Host-' : ''}entra-ldapd-${use}`;
}

/** What every cookie of ours is: for this host alone, unseen by scripts, never sent along from another site. */
export function cookieOptions(isSecure: boolean) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: isSecure } as const;
}

/** Whether a form was sent from a page of ours: browsers say from where, and no script can change it. */
export function isFromOurselves(request: FastifyRequest, { isSecure }: Pick<HttpServices, 'isSecure'>): boolean {
  const { origin } = request.headers;
  if (origin !== undefined) return origin === `${isSecure(request) ? 'https' : 'http'}://${request.host}`;
  return request.headers['sec-fetch-site'] === 'same-origin';
}

import type { X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureVersion, type TLSSocket } from 'node:tls';

/**
 * Whether clients are asked for a certificate.
 *
 * - `none`: no
 * - `request`: yes; one that does not come, or that cannot be verified, is none
 * - `require`: yes; without one that can be verified there is no connection with TLS
 */
export type ClientCertificates = 'none' | 'request' | 'require';

/** The server's certificate chain and key as PEM text, and how TLS is spoken with them. */
export interface LdapTls {
  readonly certPem: string;
  readonly keyPem: string;
  /** The oldest TLS version accepted; TLSv1.2 when left out. */
  readonly minVersion?: SecureVersion;
  /** A cipher list of OpenSSL, the preferred first; that of Node.js when left out. */
  readonly ciphers?: string | undefined;
  /** The authorities that sign client certificates. Without them clients are not asked for one. */
  readonly clientCaPem?: string | undefined;
  /** `none` when left out. */
  readonly clientCertificates?: ClientCertificates;
}

/** What a handshake needs. */
export interface ServerTls {
  readonly context: SecureContext;
  readonly clientCertificates: ClientCertificates;
}

/** Makes the certificate ready for handshakes. Throws the error of OpenSSL when something of it is unusable. */
export function serverTls(tls: LdapTls): ServerTls {
  const { certPem, keyPem, minVersion = 'TLSv1.2', ciphers, clientCaPem, clientCertificates = 'none' } = tls;
  const context = createSecureContext({
    cert: certPem,
    key: keyPem,
    minVersion,
    honorCipherOrder: true,
    // OpenSSL resumes no session that knows a client certificate, and ends the handshake instead, without a context's name.
    sessionIdContext: 'entra-ldapd',
    ...(ciphers !== undefined && { ciphers }),
    ...(clientCaPem !== undefined && { ca: clientCaPem }),
  });
  // Without authorities of its own a context trusts the public ones, which sign certificates for anybody.
  return { context, clientCertificates: clientCaPem === undefined ? 'none' : clientCertificates };
}

/** The certificate of the client of a completed handshake, if it has one that the server's authorities vouch for. */
export function verifiedClientCertificate(socket: TLSSocket): X509Certificate | undefined {
  return isVerified(socket) ? socket.getPeerX509Certificate() : undefined;
}

// `authorized` is set by tls.Server only, not for sockets that we make ourselves (Node 20 to 24, lib/_tls_wrap.js,
// onServerSocketSecure), so we ask where it asks. Whatever is not as expected there counts as not verified.
function isVerified(socket: TLSSocket): boolean {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('verifyError' in handle)) return false;
  const { verifyError } = handle;
  return typeof verifyError === 'function' && verifyError.call(handle) === null;
}

import { constants, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureVersion, type TLSSocket } from 'node:tls';

import { choiceByName, dnsNames } from './server-names.ts';

/**
 * Whether clients are asked for a certificate.
 *
 * - `none`: no
 * - `request`: yes; one that does not come, or that cannot be verified, is none
 * - `require`: yes; without one that can be verified there is no connection with TLS
 */
export type ClientCertificates = 'none' | 'request' | 'require';

/** A certificate chain and its key as PEM text, for clients that ask for the server by one of these names (RFC 6066 §3). */
export interface NamedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** DNS names in lower case, perhaps beginning with `*.`. */
  readonly names: readonly string[];
}

/** The server's certificate chain and key as PEM text, and how TLS is spoken with them. */
export interface LdapTls {
  /** For clients that ask for no name, or for one that no other certificate has. */
  readonly certPem: string;
  readonly keyPem: string;
  /** Certificates for clients that ask for other names. */
  readonly further?: readonly NamedCertificate[];
  /** The oldest TLS version accepted; TLSv1.2 when left out. */
  readonly minVersion?: SecureVersion;
  /** A cipher list of OpenSSL, the preferred first; that of Node.js when left out. */
  readonly ciphers?: string | undefined;
  /** The authorities that sign client certificates. Without them clients are not asked for one. */
  readonly clientCaPem?: string | undefined;
  /** 48 random octets, by which whoever has the same resumes the sessions of the others (RFC 5077); its own when left out. */
  readonly ticketKeys?: Buffer;
  /** `none` when left out. */
  readonly clientCertificates?: ClientCertificates;
}

/** What a handshake needs. */
export interface ServerTls {
  readonly context: SecureContext;
  /** The context with the certificate for a name; `context` for a name that none has. */
  readonly contextFor: (serverName: string) => SecureContext;
  readonly clientCertificates: ClientCertificates;
}

/** Makes the certificates ready for handshakes. Throws the error of OpenSSL when something of them is unusable. */
export function serverTls(tls: LdapTls): ServerTls {
  const { clientCaPem, clientCertificates = 'none', further = [] } = tls;
  const context = secureContext(tls, tls);
  const contextFor = choiceByName(
    { names: dnsNames(new X509Certificate(tls.certPem)), value: context },
    further.map((certificate) => ({ names: certificate.names, value: secureContext(tls, certificate) })),
  );
  // Without authorities of its own a context trusts the public ones, which sign certificates for anybody.
  return { context, contextFor, clientCertificates: clientCaPem === undefined ? 'none' : clientCertificates };
}

function secureContext(tls: LdapTls, certificate: Pick<LdapTls, 'certPem' | 'keyPem'>): SecureContext {
  const { minVersion = 'TLSv1.2', ciphers, clientCaPem, ticketKeys } = tls;
  return createSecureContext({
    cert: certificate.certPem,
    key: certificate.keyPem,
    minVersion,
    honorCipherOrder: true,
    // A client that negotiates anew over and over would have us compute and itself not (CVE-2011-1473).
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    // OpenSSL resumes no session that knows a client certificate, and ends the handshake instead, without a context's name.
    sessionIdContext: 'entra-ldapd',
    ...(ticketKeys !== undefined && { ticketKeys }),
    ...(ciphers !== undefined && { ciphers }),
    ...(clientCaPem !== undefined && { ca: clientCaPem }),
  });
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

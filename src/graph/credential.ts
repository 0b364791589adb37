import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { CredentialKind } from '../identity/credential-report.ts';
import { SourceError } from '../identity/source-error.ts';
import type { Secret } from '../identity/secret.ts';

/** How the application proves who it is to Entra. */
export type GraphCredential = {
  readonly kind: CredentialKind;
  /** Its place in the configuration, for people. */
  readonly name: string;
} & (
  | {
      readonly kind: 'secret';
      readonly secret: Secret;
      /** Milliseconds since the epoch; a secret does not tell by itself when it ends. */
      readonly expiresAtMs: number | undefined;
    }
  | {
      readonly kind: 'certificate';
      /** An RSA private key and its certificate, the certificate first when there is a chain. */
      readonly pem: string;
      /** Sends the whole chain, for applications that trust a subject name and issuer. */
      readonly sendCertificateChain: boolean;
    }
  | {
      readonly kind: 'workloadIdentity';
      /** Path of the file with the token of the other identity provider; read anew for every use. */
      readonly tokenFile: string;
    }
  | {
      readonly kind: 'managedIdentity';
      /** The client id of a user-assigned identity; undefined for that of the machine. */
      readonly clientId: string | undefined;
    }
);

/** The parts of a certificate credential. */
export interface CertificateParts {
  readonly privateKey: KeyObject;
  /** The certificates in DER, the application's own first. */
  readonly chain: readonly Buffer[];
  /** When the application's own certificate ends, in milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const privateKeyPem = /-----BEGIN (?:RSA )?PRIVATE KEY-----[^-]+-----END (?:RSA )?PRIVATE KEY-----/;

/** Reads the PEM of a certificate credential; throws a {@link SourceError} `credentials` that says what is wrong with it. */
export function parseCertificateCredential(pem: string): CertificateParts {
  const certificates = (pem.match(certificatePem) ?? []).map((text) => readPart(() => new X509Certificate(text)));
  const own = certificates[0];
  if (own === undefined) throw unusable('it holds no certificate');
  const privateKey = readPart(() => createPrivateKey(privateKeyPem.exec(pem)?.[0] ?? ''));
  if (privateKey.asymmetricKeyType !== 'rsa') throw unusable('Entra accepts RSA keys only');
  if (!own.checkPrivateKey(privateKey)) throw unusable('the private key does not belong to its first certificate');
  return {
    privateKey,
    chain: certificates.map((certificate) => certificate.raw),
    expiresAtMs: Date.parse(own.validTo),
  };
}

function readPart<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unusable('it must hold an unencrypted private key and its certificate', error);
  }
}

function unusable(reason: string, cause?: unknown): SourceError {
  return new SourceError(
    'credentials',
    `The PEM of the application's certificate cannot be used: ${reason}`,
    {},
    { cause },
  );
}

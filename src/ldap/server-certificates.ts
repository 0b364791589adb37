/**
 * The certificates of one server: the one for everybody, and those for clients that ask for other names. Each is looked after
 * by itself, so that trouble with the files of one does not keep the others from being renewed.
 */
import type { Log } from '../observability/log.ts';
import type { Clock } from '../timing/clock.ts';
import {
  CertificateError,
  type CertificateFiles,
  type LoadedTls,
  loadTls,
  type TlsFiles,
} from './certificate-files.ts';
import { type CertificateReport, CertificateWatch } from './certificate-watch.ts';
import type { LdapTls } from './tls.ts';

/** Where the certificates of a server lie, and how TLS is spoken with them. */
export interface ServerTlsFiles extends TlsFiles {
  /** Certificates for clients that ask for other names. */
  readonly further?: readonly CertificateFiles[];
}

/** Certificates that handshakes can be done with. */
export interface LoadedServerTls {
  readonly main: LoadedTls;
  readonly further: readonly LoadedTls[];
}

/** Reads the files and makes sure that they are usable. Rejects with a {@link CertificateError} about the first that is not. */
export async function loadServerTls(files: ServerTlsFiles): Promise<LoadedServerTls> {
  const main = await loadTls(files);
  const further: LoadedTls[] = [];
  for (const { certFile, ...rest } of furtherFiles(files)) {
    const loaded = await loadTls({ certFile, ...rest });
    if (loaded.names.length === 0) {
      throw new CertificateError(
        `The certificate in ${certFile} names no server, so ldap.tls.certificates needs names.`,
      );
    }
    further.push(loaded);
  }
  return { main, further };
}

/** What the server is to work with. */
export function ldapTls({ main, further }: LoadedServerTls): LdapTls {
  return {
    ...main.tls,
    further: further.map(({ tls: { certPem, keyPem }, names }) => ({ certPem, keyPem, names })),
  };
}

/** The further certificates are used with the versions and ciphers of the main one. */
function furtherFiles({ further = [], minVersion, ciphers }: ServerTlsFiles): readonly TlsFiles[] {
  return further.map((files) => ({ ...files, ciphers, ...(minVersion !== undefined && { minVersion }) }));
}

/** What {@link ServerCertificates} needs. */
export interface ServerCertificatesOptions {
  readonly files: ServerTlsFiles;
  /** What was loaded from the files and is in use. */
  readonly inUse: LoadedServerTls;
  /** Takes new certificates into use; called only with such as work. */
  readonly apply: (tls: LdapTls) => void;
  readonly log: Log;
  readonly clock: Clock;
}

/** Keeps the certificates in use up to date until it is disposed of (PAIN-16). */
export class ServerCertificates implements AsyncDisposable {
  readonly #apply: (tls: LdapTls) => void;
  readonly #watches: readonly CertificateWatch[];
  #inUse: LoadedServerTls;

  constructor({ files, inUse, apply, log, clock }: ServerCertificatesOptions) {
    this.#inUse = inUse;
    this.#apply = apply;
    const main = new CertificateWatch({
      files,
      inUse: inUse.main,
      apply: (loaded) => this.#take({ ...this.#inUse, main: loaded }),
      log,
      clock,
    });
    const further = furtherFiles(files).flatMap((each, index) => {
      const loaded = inUse.further[index];
      if (loaded === undefined) return [];
      const apply = (renewed: LoadedTls): void => this.#take(withFurther(this.#inUse, index, renewed));
      return [new CertificateWatch({ files: each, inUse: loaded, apply, log, clock })];
    });
    this.#watches = [main, ...further];
  }

  /** Each certificate, the one for everybody first. */
  report(): readonly CertificateReport[] {
    return this.#watches.map((watch) => watch.report());
  }

  /** Reads the files soon, changed or not. What comes of it is logged. */
  readAgain(): void {
    for (const watch of this.#watches) watch.readAgain();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch[Symbol.asyncDispose]()));
  }

  #take(loaded: LoadedServerTls): void {
    this.#apply(ldapTls(loaded));
    this.#inUse = loaded;
  }
}

function withFurther(inUse: LoadedServerTls, index: number, renewed: LoadedTls): LoadedServerTls {
  return { ...inUse, further: inUse.further.map((loaded, at) => (at === index ? renewed : loaded)) };
}

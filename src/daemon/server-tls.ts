import type { Config } from '../config/config.ts';
import { CertificateError } from '../ldap/certificate-files.ts';
import { type LoadedServerTls, loadServerTls, ServerCertificates } from '../ldap/server-certificates.ts';
import type { LdapService } from './ldap-service.ts';
import type { DaemonOptions } from './options.ts';
import { StartupError } from './startup-error.ts';

/**
 * The certificates of the server; undefined when it has none.
 *
 * @throws StartupError when a file cannot be used
 */
export async function openTls({ ldap }: Config): Promise<LoadedServerTls | undefined> {
  try {
    return ldap.tls && (await loadServerTls(ldap.tls));
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    throw new StartupError('certificate', error.message, { cause: error });
  }
}

/** Takes renewed certificates into use while the server runs. */
export function watchCertificates(
  { config, log, clock }: DaemonOptions,
  server: Pick<LdapService, 'renewCertificate'>,
  inUse: LoadedServerTls | undefined,
): ServerCertificates | undefined {
  const files = config.ldap.tls;
  if (files === undefined || inUse === undefined) return undefined;
  return new ServerCertificates({ files, inUse, apply: (tls) => server.renewCertificate(tls), log, clock });
}

/** What a running daemon and a process with the store alone answer in the same way. */
import type { Config } from '../config/config.ts';
import { anonymous } from '../directory/identity.ts';
import { exportLdif, LdifExportError } from '../directory/ldif-export.ts';
import { formatOpenLdapSchema } from '../directory/openldap-schema.ts';
import { presentedSource } from '../directory/presented-entry.ts';
import { standardSchema } from '../directory/schema.ts';
import { AdminRefusal, type ExportRequest } from '../identity/admin.ts';
import type { Inspection } from '../identity/inspection.ts';
import { createInspection } from '../inspection/inspection.ts';
import { Projector } from '../projection/projector.ts';
import type { Store } from '../store/store.ts';
import { presentationsOf } from './presentations.ts';

/** Answers questions about objects; by the configuration that is in use when it is asked. */
export function inspectionOf(config: () => Config, store: Store): Inspection {
  return createInspection(() => ({
    ...store,
    projector: new Projector(config().projection, standardSchema),
    schema: standardSchema,
    tenantId: config().tenant.id,
    isEntraAsked: config().bind.entra.enabled,
  }));
}

/** The schema that the daemon serves, as a file that OpenLDAP's slapd.conf(5) includes. */
export function openLdapSchema(): string {
  return formatOpenLdapSchema(standardSchema);
}

/**
 * The published directory as LDIF.
 *
 * @throws AdminRefusal when there is nothing to export
 */
export async function* exportView(
  config: Config,
  store: Store,
  { baseDn = config.directory.baseDn, operational, version }: ExportRequest,
): AsyncGenerator<string, void, void> {
  try {
    const source = presentedSource(store.source, presentationsOf(config)(anonymous));
    yield* exportLdif(source, standardSchema, { baseDn, operational, version });
  } catch (error) {
    if (!(error instanceof LdifExportError)) throw error;
    throw new AdminRefusal(exportRefusal(error.code, baseDn), { cause: error });
  }
}

function exportRefusal(code: LdifExportError['code'], baseDn: string): string {
  switch (code) {
    case 'notPublished':
      return 'There is no complete directory to export yet: run entra-ldapd sync first.';
    case 'invalidDn':
      return `"${baseDn}" is not a distinguished name.`;
    case 'noSuchObject':
      return `The directory has no entry ${baseDn}.`;
  }
}

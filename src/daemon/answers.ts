/** What a running daemon and a process with the store alone answer in the same way. */
import type { Config } from '../config/config.ts';
import { anonymous } from '../directory/identity.ts';
import { exportLdif, LdifExportError } from '../directory/ldif-export.ts';
import { formatOpenLdapSchema } from '../directory/openldap-schema.ts';
import { presentedSource } from '../directory/presented-entry.ts';
import { AdminRefusal, type ExportRequest } from '../identity/admin.ts';
import type { Inspection } from '../identity/inspection.ts';
import type { MirrorReader } from '../identity/mirror.ts';
import type { OverlayReport } from '../identity/overlay.ts';
import { createInspection } from '../inspection/inspection.ts';
import { schemaOf } from '../projection/schema-additions.ts';
import type { Store } from '../store/store.ts';
import { isEntraAsked } from './binds.ts';
import { localPasswords } from './overlay.ts';
import { presentationsOf } from './presentations.ts';
import { projectorOf } from './projector.ts';
import { ServedSchema } from './served-schema.ts';

/** Answers questions about objects; by the configuration that is in use when it is asked. */
export function inspectionOf(
  config: () => Config,
  store: Store,
  mirror: () => MirrorReader & { readonly report?: OverlayReport },
  tenant?: { readonly problem: string | null; readonly refresh: () => Promise<void> },
): Inspection {
  return createInspection(
    () => ({
      ...store,
      mirror: mirror(),
      overlayFindings: mirror().report?.findings ?? [],
      hasLocalPassword: localPasswords(config()),
      ...projectorOf(config(), store),
      tenantId: config().tenant.id,
      isEntraAsked: isEntraAsked(config().bind),
      tenantProblem: tenant?.problem ?? null,
    }),
    tenant?.refresh,
  );
}

/** The schema that a daemon by this configuration serves, as a file that OpenLDAP's slapd.conf(5) includes. */
export function openLdapSchema({ projection }: Config): string {
  return formatOpenLdapSchema(schemaOf(projection));
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
    yield* exportLdif(source, new ServedSchema(config.projection, store.view).current, {
      baseDn,
      operational,
      version,
    });
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

import { controlOid, extensionOid } from './protocol.ts';

/** The controls that the wire layer carries out; the root DSE lists exactly these as `supportedControl` (RFC 4512 §5.1). */
export const supportedControls: readonly string[] = [
  controlOid.pagedResults,
  controlOid.sort,
  controlOid.listView,
  controlOid.matchedValues,
  controlOid.authorizationIdentity,
  // RFC 3829 §2 lists the control of the response as well.
  controlOid.authorizationIdentityResult,
  controlOid.dereference,
  controlOid.assertion,
  controlOid.subentries,
  controlOid.dontUseCopy,
  controlOid.domainScope,
  controlOid.manageDsaIt,
  controlOid.syncRequest,
];

/** The extended operations of `supportedExtension`. StartTLS is there only when the server has a certificate for it. */
export function supportedExtensions(options: { readonly startTls: boolean }): readonly string[] {
  const always = [extensionOid.whoAmI, extensionOid.cancel];
  return options.startTls ? [...always, extensionOid.startTls] : always;
}

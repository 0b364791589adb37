import { controlOid, extensionOid } from './protocol.ts';

/** The controls that the wire layer carries out; the root DSE lists exactly these as `supportedControl` (RFC 4512 §5.1). */
export const supportedControls: readonly string[] = [controlOid.pagedResults, controlOid.manageDsaIt];

/** The SASL mechanisms of `supportedSASLMechanisms`: none. */
export const supportedSaslMechanisms: readonly string[] = [];

/** The extended operations of `supportedExtension`. StartTLS is there only when the server has a certificate for it. */
export function supportedExtensions(options: { readonly startTls: boolean }): readonly string[] {
  return options.startTls ? [extensionOid.whoAmI, extensionOid.startTls] : [extensionOid.whoAmI];
}

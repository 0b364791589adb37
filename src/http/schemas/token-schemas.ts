import { type AdminTokenReport, adminScopes, type NewAdminToken } from '../../identity/admin-token.ts';
import { list, moment, momentOrNull, oneOf, schemaOf, text, textOrNull } from './pieces.ts';

const facts = {
  id: { type: 'string', description: 'Names the token in lists; a part of the token itself.' },
  name: text,
  description: text,
  scopes: list(oneOf(adminScopes)),
  createdAtMs: moment,
  expiresAtMs: momentOrNull,
  lastUsedAtMs: momentOrNull,
  lastUsedFrom: textOrNull,
};

/** What is known of a token. */
export const adminTokenSchema = schemaOf<AdminTokenReport>(facts);

/** What was made. */
export const newAdminTokenSchema = schemaOf<NewAdminToken>({
  ...facts,
  token: { type: 'string', description: 'The token, which nobody is told again.' },
});

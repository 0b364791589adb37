import { type AdminTokenAdmin, adminScopes } from '../../identity/admin-token.ts';
import type { Address } from './demo-commands.ts';

/** Where the status page of a demo is, and the token to sign in with. */
export interface DemoStatusPage {
  readonly url: string;
  readonly token: string;
}

const tokenName = 'demo';
const lifetimeMs = 30 * 86_400_000;

/** Makes a token that allows everything, in the place of that of an earlier start; null where HTTP is not served. */
export async function openStatusPage(
  tokens: AdminTokenAdmin,
  address: Address | undefined,
): Promise<DemoStatusPage | null> {
  if (address === undefined) return null;
  for (const { id, name } of await tokens.list()) if (name === tokenName) await tokens.revoke(id);
  const description = 'Made by "entra-ldapd demo" at each start';
  const { token } = await tokens.create({ name: tokenName, description, scopes: adminScopes, lifetimeMs });
  return { url: `${address.tls ? 'https' : 'http'}://${address.host}:${address.port}/`, token };
}

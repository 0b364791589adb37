import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request for the token of a managed identity. */
export interface SeenTokenRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** The service of an Azure machine (IMDS) or of App Service that gives managed identities their tokens, on loopback. */
export interface ManagedIdentityEndpoint extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly requests: readonly SeenTokenRequest[];
}

/** Starts one that hands out this token, or knows no identity when there is none. */
export async function startManagedIdentityEndpoint(token: string | undefined): Promise<ManagedIdentityEndpoint> {
  const requests: SeenTokenRequest[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    requests.push({ path: url.pathname, query: Object.fromEntries(url.searchParams), headers: request.headers });
    const expiresOn = Math.floor(Date.now() / 1000) + 3600;
    const body =
      token === undefined
        ? { error: 'invalid_request', error_description: 'Identity not found' }
        : {
            access_token: token,
            expires_in: '3600',
            expires_on: String(expiresOn),
            resource: url.searchParams.get('resource'),
            token_type: 'Bearer',
          };
    response.writeHead(token === undefined ? 400 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createCertificateAuthority, issueServerCertificate } from '../../src/certificates/authority.ts';

/** One request as it arrived. */
interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void;

/** An HTTPS server with one scripted answer per request, for behaviours that a well-behaved tenant does not show. */
export interface FakeMicrosoft extends AsyncDisposable {
  readonly origin: string;
  readonly caPem: string;
  /** Requests to Graph, in order. */
  readonly graphRequests: readonly SeenRequest[];
  /** Resolves when Graph has had `count` requests. */
  graphRequested(count: number): Promise<void>;
  /** Requests to the token endpoint, in order. */
  readonly tokenRequests: readonly SeenRequest[];
  /** Answers for the next requests to Graph; the last one repeats. */
  graph(...answers: readonly Answer[]): void;
  /** Answers for the next requests to the token endpoint; afterwards tokens are issued again. */
  token(...answers: readonly Answer[]): void;
  /** Answers for the next requests for the OpenID configuration; afterwards the right one. */
  discovery(...answers: readonly Answer[]): void;
}

/** Answers JSON. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return text(JSON.stringify(body), status, { 'content-type': 'application/json', ...headers });
}

/** Answers a text as it is. */
export function text(body: string | Buffer, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/** Answers an error envelope of Microsoft Graph. */
export function graphFailure(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
  message = 'text of the error',
): Answer {
  return json({ error: { code, message } }, status, { 'request-id': 'request-1', ...headers });
}

/** Answers an error of the token endpoint. */
export function tokenFailure(aadsts: number, status = 400): Answer {
  return json({ error: 'invalid_grant', error_description: `AADSTS${aadsts}: Text.`, error_codes: [aadsts] }, status);
}

/** Ends the connection instead of answering. */
export const reset: Answer = (response) => {
  response.socket?.destroy();
};

/** Promises more than it sends. */
export const truncated: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
  response.write('{"value":[', () => response.socket?.destroy());
};

/** Never answers. */
export const silent: Answer = () => undefined;

const authority = createCertificateAuthority({ commonName: 'Test authority', nowMs: Date.now(), days: 2 });

/** Starts a {@link FakeMicrosoft} on a free loopback port. */
export async function startFakeMicrosoft(): Promise<FakeMicrosoft> {
  const issuer = await authority;
  const own = await issueServerCertificate({ authority: issuer, hosts: ['127.0.0.1'], nowMs: Date.now(), days: 1 });
  const graphRequests: SeenRequest[] = [];
  const tokenRequests: SeenRequest[] = [];
  const arrivals = new EventEmitter();
  const scripts: Record<'graph' | 'token' | 'discovery', Answer[]> = { graph: [], token: [], discovery: [] };
  let origin = '';

  const usual = {
    discovery: () => json(openIdConfiguration(origin)),
    token: () => json({ token_type: 'Bearer', expires_in: 3600, access_token: `token-${tokenRequests.length}` }),
    graph: () => graphFailure(404, 'unscripted'),
  };
  const respond = (request: SeenRequest, response: ServerResponse): void => {
    const kind = kindOf(request.url);
    if (kind === 'graph') {
      graphRequests.push(request);
      arrivals.emit('graph');
    }
    if (kind === 'token') tokenRequests.push(request);
    const script = scripts[kind];
    const answer = kind === 'graph' && script.length === 1 ? script[0] : script.shift();
    (answer ?? usual[kind]())(response, request);
  };
  const server = createServer({ cert: own.certPem, key: own.keyPem }, (message, response) => {
    void readBody(message).then((body) => {
      respond({ method: message.method ?? '', url: message.url ?? '', headers: message.headers, body }, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    caPem: issuer.certPem,
    graphRequests,
    tokenRequests,
    async graphRequested(count) {
      while (graphRequests.length < count) await once(arrivals, 'graph');
    },
    graph: (...answers) => void scripts.graph.splice(0, scripts.graph.length, ...answers),
    token: (...answers) => void scripts.token.push(...answers),
    discovery: (...answers) => void scripts.discovery.push(...answers),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function kindOf(url: string): 'graph' | 'token' | 'discovery' {
  if (url.includes('/.well-known/')) return 'discovery';
  return url.includes('/oauth2/v2.0/token') ? 'token' : 'graph';
}

async function readBody(message: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of message) body += String(chunk);
  return body;
}

function openIdConfiguration(origin: string): object {
  const base = `${origin}/tenant/oauth2/v2.0`;
  return {
    token_endpoint: `${base}/token`,
    authorization_endpoint: `${base}/authorize`,
    end_session_endpoint: `${base}/logout`,
    issuer: `${origin}/tenant/v2.0`,
    jwks_uri: `${origin}/tenant/discovery/v2.0/keys`,
  };
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** An HTTP proxy on a free loopback port that connects to whatever it is asked for. */
export interface ConnectProxy extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** What it was asked to connect to, in order: `host:port`. */
  readonly targets: readonly string[];
  /** The `Proxy-Authorization` of each request. */
  readonly authorizations: readonly (string | undefined)[];
}

/** Starts a proxy (CONNECT, RFC 9110 §9.3.6); with `refuses` it answers every request with that status instead. */
export async function startConnectProxy({ refuses }: { readonly refuses?: number } = {}): Promise<ConnectProxy> {
  const targets: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    sockets.add(client);
    targets.push(request.url ?? '');
    authorizations.push(request.headers['proxy-authorization']);
    client.on('error', () => client.destroy());
    if (refuses !== undefined) {
      client.end(`HTTP/1.1 ${refuses} Refused\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const upstream = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    authorizations,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

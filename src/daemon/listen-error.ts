import { StartupError } from './startup-error.ts';

/** Says why the LDAP server cannot listen, and what to do. */
export function listenError(error: unknown): StartupError {
  return explain(error, 'LDAP', 'ldap.listen or ldap.tlsListen');
}

/** Says why the HTTP server cannot listen, and what to do. */
export function httpListenError(error: unknown): StartupError {
  return explain(error, 'HTTP', 'http.listen');
}

function explain(error: unknown, server: string, key: string): StartupError {
  if (error instanceof StartupError) return error;
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const where = address === undefined ? 'the configured address' : `${address}:${port ?? ''}`;
  switch (code) {
    case 'EADDRINUSE':
      return new StartupError(
        'listen',
        `Another program is listening on ${where}. Stop it, or choose another address in ${key}.`,
        { cause: error },
      );
    case 'EACCES':
      return new StartupError(
        'listen',
        `Listening on ${where} is not allowed: ports below 1024 need root or the capability CAP_NET_BIND_SERVICE.`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
      return new StartupError('listen', `This machine has no address ${where}. Correct ${key}.`, { cause: error });
    default:
      return new StartupError(
        code === undefined ? 'certificate' : 'listen',
        `The ${server} server cannot start: ${messageOf(error)}.`,
        { cause: error },
      );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

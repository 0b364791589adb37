import { StartupError } from './startup-error.ts';

/** Says why the server cannot listen, and what to do. */
export function listenError(error: unknown): StartupError {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const where = address === undefined ? 'the configured address' : `${address}:${port ?? ''}`;
  switch (code) {
    case 'EADDRINUSE':
      return new StartupError(
        'listen',
        `Another program is listening on ${where}. Stop it, or choose another address in ldap.listen.`,
        { cause: error },
      );
    case 'EACCES':
      return new StartupError(
        'listen',
        `Listening on ${where} is not allowed: ports below 1024 need root or the capability CAP_NET_BIND_SERVICE.`,
        { cause: error },
      );
    case 'EADDRNOTAVAIL':
      return new StartupError(
        'listen',
        `This machine has no address ${where}. Correct ldap.listen or ldap.tlsListen.`,
        { cause: error },
      );
    default:
      return new StartupError(
        code === undefined ? 'certificate' : 'listen',
        `The LDAP server cannot start: ${messageOf(error)}.`,
        { cause: error },
      );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

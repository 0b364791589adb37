import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ControlError, systemErrorCode } from './control-error.ts';

/** The response header that carries {@link controlApiVersion}: it tells our own answers from anybody else's. */
export const controlApiHeader = 'entra-ldapd-control-api';

/** Raised when a request or an answer changes its meaning. The paths begin with it (`/v1/status`). */
export const controlApiVersion = '1';

/** The longest request body that holds a configuration, in bytes. */
export const controlConfigBytesMax = 4 * 1024 * 1024;

/** The longest other request body that the control socket reads, in bytes. */
export const controlBodyBytesMax = 4096;

/** How many connections the control socket serves at once; more are closed. */
export const controlConnectionsMax = 64;

// sockaddr_un holds 108 bytes on Linux, the closing NUL included (unix(7)); 104 on macOS and the BSDs.
const socketPathBytesMax = process.platform === 'linux' ? 107 : 103;

/**
 * Where the control socket of a data directory lies. Throws {@link ControlError} `pathTooLong` when the operating system
 * has no room for the path: Node 20 would silently cut it and make a socket elsewhere.
 */
export function controlSocketPath(dataDirectory: string): string {
  const path = join(dataDirectory, 'control.sock');
  const length = Buffer.byteLength(path);
  if (length <= socketPathBytesMax) return path;
  throw new ControlError(
    'pathTooLong',
    `The control socket ${path} has a name of ${length} bytes, and the operating system allows ${socketPathBytesMax}: ` +
      'choose a data directory with a shorter path (store.path).',
  );
}

/**
 * Makes way for a new socket: removes what a daemon that was killed has left behind. Throws {@link ControlError} `inUse`
 * when a daemon answers there and `notASocket` when it is not a socket; nothing is removed then.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return;
  if (!found.isSocket()) {
    throw new ControlError(
      'notASocket',
      `${path} is not a socket. It is where the control socket must be: move it away.`,
    );
  }
  if (await somebodyListens(path)) {
    throw new ControlError('inUse', `Another entra-ldapd is running on this data directory: it answers on ${path}.`);
  }
  await unlink(path);
}

function somebodyListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Only a refused connection proves that nobody listens; a full backlog (EAGAIN) or a missing right (EACCES) does not.
    socket.once('error', (error) => resolve(systemErrorCode(error) !== 'ECONNREFUSED'));
  });
}

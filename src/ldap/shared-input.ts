/**
 * Node gives each socket a new buffer of 64 KiB for each read, and cuts it to what came: for requests of a hundred bytes that
 * is a third of the work. Sockets from here read into one buffer that they share, and hand on a copy from Node's pool.
 */
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** What of a socket Node does not document: its handle, which another socket can be made of (`net.Socket`, `cluster` does it). */
interface Undocumented {
  _handle: { readonly useUserBuffer?: unknown } | null;
}

interface HandleOptions {
  readonly handle: NonNullable<Undocumented['_handle']>;
  readonly onread: { readonly buffer: Buffer; readonly callback: (length: number, buffer: Buffer) => boolean };
}

/** As much as libuv reads at once. A read is over before the next begins, whichever socket it is of. */
const shared = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * Takes the connection out of a socket that was accepted with `pauseOnConnect`, and answers with one that reads into the
 * shared buffer; its `data` events are those of any socket. Where Node has no such handles, the socket is answered as it is.
 */
export function withSharedInput(accepted: Socket): Socket {
  const undocumented = accepted as unknown as Undocumented;
  const handle = undocumented._handle;
  if (typeof handle?.useUserBuffer !== 'function') return accepted.resume();
  // Without its handle it is closed for its server, which counts it no longer.
  undocumented._handle = null;
  accepted.destroy();
  const options: HandleOptions = { handle, onread: { buffer: shared, callback: (length) => take(length) } };
  const socket = new Socket(options as object);
  const take = (length: number): boolean => {
    const chunk = Buffer.allocUnsafe(length);
    shared.copy(chunk, 0, 0, length);
    // It may hold a password.
    shared.fill(0, 0, length);
    return socket.push(chunk);
  };
  // A paused socket reads on until its own buffer is full, as any other does: that the peer has gone is noticed only by reading.
  socket.pause = () => {
    Duplex.prototype.pause.call(socket);
    return socket;
  };
  return socket;
}

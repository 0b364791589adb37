import type { Server, Socket } from 'node:net';
import { networkOf } from '../auth/network.ts';

/** How many connections there may be. */
export interface ConnectionLimits {
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
}

/** Counts the connections of several servers together, and closes those that are too many before anything is read of them. */
export class ConnectionGate {
  readonly #open = new Map<Socket, string>();
  readonly #byAddress = new Map<string, number>();
  readonly #limits: () => ConnectionLimits;
  #refused = 0;

  constructor(limits: () => ConnectionLimits) {
    this.#limits = limits;
  }

  get connections(): number {
    return this.#open.size;
  }

  /** Connections that were closed because they were too many, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** From now on counts the connections of a server; those with TLS from before their handshake. */
  watch(server: Server): void {
    server.prependListener('connection', (socket: Socket) => this.#admit(socket));
  }

  #admit(socket: Socket): void {
    const address = networkOf(socket.remoteAddress ?? '');
    const { connectionsMax, connectionsPerAddressMax } = this.#limits();
    const fromThere = this.#byAddress.get(address) ?? 0;
    if (this.#open.size >= connectionsMax || fromThere >= connectionsPerAddressMax) {
      this.#refused++;
      socket.destroy();
      return;
    }
    this.#open.set(socket, address);
    this.#byAddress.set(address, fromThere + 1);
    socket.once('close', () => this.#release(socket, address));
  }

  #release(socket: Socket, address: string): void {
    this.#open.delete(socket);
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
  }
}

import { BlockList, isIP } from 'node:net';

import type { NetworkBlock } from '../identity/app-password.ts';

/** A network that something is allowed from. */
export type SourceNetwork = NetworkBlock;

// IPv4 addresses as they come in through IPv6 sockets (RFC 4291 §2.5.5.2).
const mapped = new BlockList();
mapped.addSubnet('::ffff:0:0', 96, 'ipv6');

/** The networks from which something is allowed. */
export class SourceNetworks {
  // Apart, because to one list of both kinds ::/0 has every IPv4 address in it.
  readonly #ipv4 = new BlockList();
  readonly #ipv6 = new BlockList();

  /** Throws what `net.BlockList` throws for an address or a prefix that is none. */
  constructor(networks: readonly SourceNetwork[]) {
    for (const { address, prefix, family } of networks) {
      (family === 'ipv4' ? this.#ipv4 : this.#ipv6).addSubnet(address, prefix, family);
    }
  }

  /** True for an IP address in one of the networks; an IPv4 address is one also when it is written as IPv6. */
  includes(remoteAddress: string): boolean {
    // The zone of a link-local address (RFC 4007 §11) is a matter of this machine.
    const address = remoteAddress.split('%', 1)[0] ?? '';
    const version = isIP(address);
    if (version === 0) return false;
    if (version === 4) return this.#ipv4.check(address, 'ipv4');
    return (mapped.check(address, 'ipv6') ? this.#ipv4 : this.#ipv6).check(address, 'ipv6');
  }
}

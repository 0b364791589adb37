import { isIPv4, isIPv6 } from 'node:net';

/**
 * What an address counts as where those of one party are counted together: an IPv4 address as itself, also when it is
 * written as IPv6 (RFC 4291 §2.5.5.2); an IPv6 address as its network of 64 bits, in which everybody may choose the rest
 * (RFC 4291 §2.5.4). Anything else, a local socket for instance, as its text.
 */
export function networkOf(remoteAddress: string): string {
  // The zone of a link-local address (RFC 4007 §11) is a matter of this machine.
  const address = remoteAddress.split('%', 1)[0] ?? '';
  if (isIPv4(address) || !isIPv6(address)) return address;
  const embedded = /^(?:::|0:0:0:0:0:)ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (embedded !== undefined) return embedded;
  const groups = expand(address);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  }
  const network = groups.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The eight numbers of an IPv6 address. */
function expand(address: string): number[] {
  // The last 32 bits may be written as an IPv4 address (RFC 4291 §2.2).
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: string[]) => {
    const [a, b, c, d] = bytes.map(Number);
    return `${(((a ?? 0) << 8) | (b ?? 0)).toString(16)}:${(((c ?? 0) << 8) | (d ?? 0)).toString(16)}`;
  });
  const [head = '', tail] = text.split('::');
  const read = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [front, back] = [read(head), read(tail ?? '')];
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
}

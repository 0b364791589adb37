import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { type SourceNetwork, SourceNetworks } from '../../../src/auth/source-networks.ts';

const networks = (...list: readonly (readonly ['ipv4' | 'ipv6', string, number])[]): SourceNetworks =>
  new SourceNetworks(list.map(([family, address, prefix]) => ({ family, address, prefix })));

/** The first `prefix` of these bytes, as digits. */
function bitsOf(bytes: Uint8Array, prefix: number): string {
  return [...bytes]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
    .slice(0, prefix);
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const hex = Buffer.from(bytes).toString('hex');
  return hex.replaceAll(/(.{4})(?!$)/g, '$1:');
}

describe('source networks', () => {
  it('hold what shares the bits of their prefix', () => {
    const list = networks(['ipv4', '10.0.0.0', 8], ['ipv4', '192.0.2.7', 32], ['ipv6', '2001:db8:8000::', 33]);
    for (const address of ['10.0.0.0', '10.255.255.255', '192.0.2.7', '2001:db8:8000::', '2001:db8:ffff::1']) {
      assert.ok(list.includes(address), address);
    }
    for (const address of ['9.255.255.255', '11.0.0.0', '192.0.2.6', '192.0.2.8', '2001:db8::', '2001:db9:8000::']) {
      assert.ok(!list.includes(address), address);
    }
  });

  it('know IPv4 addresses also as IPv6 (RFC 4291 §2.5.5.2)', () => {
    const list = networks(['ipv4', '10.0.0.0', 8]);
    assert.ok(list.includes('::ffff:10.1.2.3'));
    assert.ok(list.includes('::FFFF:a01:203'));
    assert.ok(!list.includes('::ffff:11.1.2.3'));
    assert.ok(!list.includes('::10.1.2.3'));
  });

  it('do not take IPv4 addresses for IPv6, nor IPv6 for IPv4, however wide they are (P7)', () => {
    const [every4, every6] = [networks(['ipv4', '0.0.0.0', 0]), networks(['ipv6', '::', 0])];
    assert.deepEqual(
      ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1'].map((address) => [
        every4.includes(address),
        every6.includes(address),
      ]),
      [
        [true, false],
        [true, false],
        [false, true],
      ],
    );
  });

  it('look past the zone of a link-local address (RFC 4007 §11)', () => {
    assert.ok(networks(['ipv6', 'fe80::', 10]).includes('fe80::1%eth0'));
  });

  it('hold nothing that is no address, and nothing at all when there are none', () => {
    const every = networks(['ipv4', '0.0.0.0', 0], ['ipv6', '::', 0]);
    for (const address of ['', 'unix', '10.0.0', '10.0.0.0/8', '%', 'localhost']) assert.ok(!every.includes(address));
    assert.ok(!networks().includes('127.0.0.1'));
  });

  for (const [family, length] of [
    ['ipv4', 4],
    ['ipv6', 16],
  ] as const) {
    it(`agree with a comparison bit by bit: ${family} (fast-check prints the seed)`, () => {
      const bytes = fc.uint8Array({ minLength: length, maxLength: length }).filter((octets) => octets[0] !== 0);
      const flip = fc.integer({ min: 0, max: length * 8 - 1 });
      fc.assert(
        fc.property(bytes, fc.integer({ min: 0, max: length * 8 }), flip, (address, prefix, at) => {
          const network: SourceNetwork = { family, address: textOf(address), prefix };
          const other = Uint8Array.from(address);
          other[at >> 3] = (other[at >> 3] ?? 0) ^ (0x80 >> (at & 7));
          const list = new SourceNetworks([network]);
          assert.ok(list.includes(textOf(address)));
          assert.equal(list.includes(textOf(other)), bitsOf(other, prefix) === bitsOf(address, prefix));
        }),
        { numRuns: 500 },
      );
    });
  }
});

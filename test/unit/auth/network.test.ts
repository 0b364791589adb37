import assert from 'node:assert/strict';
import * as fc from 'fast-check';

import { networkOf } from '../../../src/auth/network.ts';

describe('the network that an address counts as', () => {
  const networks: readonly (readonly [address: string, network: string])[] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:db8::1.2.3.4', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['unix', 'unix'],
    ['', ''],
  ];
  for (const [address, network] of networks) {
    it(`of ${JSON.stringify(address)} is ${JSON.stringify(network)} (RFC 4291 §2.5)`, () => {
      assert.equal(networkOf(address), network);
    });
  }

  it('is the same for all addresses that share 64 bits, however they are written (fast-check prints the seed)', () => {
    const groups = fc.array(fc.integer({ min: 1, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, groups, (a, b) => {
        const [front, back] = [a.slice(0, 4), b.slice(4)];
        const hex = (numbers: readonly number[]): string => numbers.map((each) => each.toString(16)).join(':');
        const written = [
          `${hex(front)}:${hex(back)}`,
          `${hex(front)}:${hex(a.slice(4))}`.toUpperCase(),
          `${hex(front)}::${hex(back.slice(3))}`,
        ];
        assert.deepEqual(new Set(written.map(networkOf)), new Set([`${hex(front)}::/64`]));
      }),
    );
  });
});

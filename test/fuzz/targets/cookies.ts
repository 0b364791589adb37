import assert from 'node:assert/strict';

import { PagedCookies } from '../../../src/ldap/paged-cookies.ts';
import { formatSyncCookie, readSyncCookie, replicaOf } from '../../../src/ldap/sync-cookies.ts';
import { type FuzzTarget, octets, words } from '../target.ts';

const cookies = new PagedCookies();
const search = { identity: { kind: 'anonymous' } as const, request: [Buffer.from('search')] };
const position = { after: 7, returned: 3, walk: 9, publication: 4, sortValues: ['a', undefined] };
const genuine = cookies.seal(position, search);

const binding = { history: 'history', ...search };

/** Cookies of content synchronization (RFC 4533): whatever comes is some state, and ours is known again. */
function readSync(input: Buffer): void {
  const state = readSyncCookie(input, binding);
  const stampMs = state.kind === 'nothing' ? 0 : state.stampMs;
  assert.ok(Number.isSafeInteger(stampMs), 'no time');
  const own = formatSyncCookie(replicaOf(input), stampMs, binding);
  assert.deepEqual(readSyncCookie(own, binding), { kind: 'known', stampMs });
}

/** Cookies of paged searches: ours is understood, and nothing that differs from it in any way (P7). */
export const cookiesTarget: FuzzTarget = {
  name: 'cookies',
  bytesMax: 256,
  words: [
    ...octets('00000007', '00000003', '010161', '00'),
    ...words('rid=001', ',', 'csn=', '20250601080000.000000Z#ffffff#000#000000'),
  ],
  seeds: [
    formatSyncCookie('001', Date.UTC(2026, 0, 1), binding),
    Buffer.alloc(0),
    Buffer.alloc(genuine.length),
    genuine,
  ],
  steps: { fixed: 2000, perByte: 20 },
  run(input) {
    readSync(input);
    const own = input.equals(genuine) ? position : undefined;
    assert.deepEqual(cookies.open(input, search), own, 'foreign octets are no cookie');
    const forged = Buffer.from(genuine);
    for (const [at, octet] of input.subarray(0, genuine.length).entries()) forged[at] = (forged[at] ?? 0) ^ octet;
    const opened = cookies.open(forged, search);
    assert.deepEqual(opened, forged.equals(genuine) ? position : undefined);
  },
};

import assert from 'node:assert/strict';
import { oneTimeCode, otpauthUri, stepOfCode, timeStep } from '../../../src/auth/one-time-code.ts';

/** The seed of the test vectors in RFC 6238, appendix B. */
const seed = Buffer.from('12345678901234567890');

describe('one-time codes', () => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ] as const) {
    it(`are ${code} at ${seconds} s (RFC 6238, appendix B)`, () => {
      assert.equal(oneTimeCode(seed, timeStep(seconds * 1000)), code);
    });
  }

  const nowMs = 1_234_567_890_000;
  const now = timeStep(nowMs);
  const step = (code: string, window = 1, lastStep = 0): number | undefined =>
    stepOfCode({ seed, lastStep, window }, code, nowMs);

  it('are good within the window on both sides of now, and not beyond (RFC 6238 §5.2)', () => {
    assert.deepEqual(
      [-2, -1, 0, 1, 2].map((shift) => step(oneTimeCode(seed, now + shift))),
      [undefined, now - 1, now, now + 1, undefined],
    );
    assert.equal(step(oneTimeCode(seed, now - 1), 0), undefined);
  });

  it('are good for once, and with them all earlier ones are used (RFC 6238 §5.2)', () => {
    assert.equal(step(oneTimeCode(seed, now), 1, now), undefined);
    assert.equal(step(oneTimeCode(seed, now - 1), 1, now), undefined);
    assert.equal(step(oneTimeCode(seed, now + 1), 1, now), now + 1);
  });

  it('are not good when they are cut, longer, or something else', () => {
    const code = oneTimeCode(seed, now);
    for (const other of ['', code.slice(1), `${code}0`, '000000', 'abcdef'])
      assert.equal(step(other), undefined, other);
  });

  it('are set up by a URI that authenticator apps read', () => {
    const uri = new URL(otpauthUri({ issuer: 'Contoso & Co', account: 'alice@contoso.com (vpn)', seed }));
    assert.equal(uri.protocol, 'otpauth:');
    assert.equal(uri.searchParams.get('secret'), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    assert.equal(uri.searchParams.get('issuer'), 'Contoso & Co');
    assert.equal(decodeURIComponent(uri.pathname), '/Contoso & Co:alice@contoso.com (vpn)');
  });
});

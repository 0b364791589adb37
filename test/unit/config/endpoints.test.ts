import assert from 'node:assert/strict';
import { clouds, isLoopback, parseHttpsOrigin, parseListenAddress } from '../../../src/config/endpoints.ts';

describe('addresses in the configuration', () => {
  const addresses: readonly [string, string, number][] = [
    ['0.0.0.0:389', '0.0.0.0', 389],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['localhost:3389', 'localhost', 3389],
    ['ldap.example.com:65535', 'ldap.example.com', 65_535],
    ['[::]:389', '::', 389],
    ['[2001:db8::1]:636', '2001:db8::1', 636],
  ];
  for (const [text, host, port] of addresses) {
    it(`listens at ${text}`, () => {
      assert.deepEqual(parseListenAddress(text), { value: { host, port } });
    });
  }

  for (const text of [
    '',
    '389',
    ':389',
    '0.0.0.0',
    '0.0.0.0:',
    '0.0.0.0:65536',
    '::1:389',
    '[::1]',
    '[10.0.0.1]:389',
    '10.0.0.300:389',
    'a b:1',
    'ldap://x:389',
    '0.0.0.0:389 ',
    '-x:1',
  ]) {
    it(`does not take ${JSON.stringify(text)} for an address to listen at`, () => {
      assert.ok('problem' in parseListenAddress(text));
    });
  }

  it('knows which addresses only this machine can reach', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) assert.ok(isLoopback(host), host);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example.com', 'example.com'])
      assert.ok(!isLoopback(host), host);
  });

  it('takes https origins with or without a slash at the end and port', () => {
    assert.deepEqual(parseHttpsOrigin('https://login.example.com/'), { value: 'https://login.example.com' });
    assert.deepEqual(parseHttpsOrigin('https://localhost:8443'), { value: 'https://localhost:8443' });
  });

  for (const text of [
    '',
    'login.example.com',
    'https://',
    'https://x/v1.0',
    'https://x/?a',
    'https://x/#a',
    'https://user:pw@x',
    'ftp://x',
  ]) {
    it(`does not take ${JSON.stringify(text)} for the origin of a service`, () => {
      assert.ok('problem' in parseHttpsOrigin(text));
    });
  }

  it('says why http is refused', () => {
    const reading = parseHttpsOrigin('http://localhost');
    assert.ok('problem' in reading);
    assert.match(reading.problem, /in the clear/);
  });

  it('knows the clouds under origins of its own rules', () => {
    for (const { authorityHost, graphUrl } of Object.values(clouds)) {
      assert.deepEqual(parseHttpsOrigin(authorityHost), { value: authorityHost });
      assert.deepEqual(parseHttpsOrigin(graphUrl), { value: graphUrl });
    }
  });
});

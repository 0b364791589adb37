import assert from 'node:assert/strict';
import {
  clouds,
  isLoopback,
  parseHttpsOrigin,
  parseListenAddress,
  parseNetwork,
} from '../../../src/config/endpoints.ts';

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

  const networks: readonly [string, 'ipv4' | 'ipv6', string, number][] = [
    ['10.0.0.0/8', 'ipv4', '10.0.0.0', 8],
    ['192.0.2.7', 'ipv4', '192.0.2.7', 32],
    ['192.0.2.6/31', 'ipv4', '192.0.2.6', 31],
    ['0.0.0.0/0', 'ipv4', '0.0.0.0', 0],
    ['2001:DB8::/32', 'ipv6', '2001:DB8::', 32],
    ['2001:db8:8000::/33', 'ipv6', '2001:db8:8000::', 33],
    ['1:2:3:4:5:6:7:8', 'ipv6', '1:2:3:4:5:6:7:8', 128],
    ['::1', 'ipv6', '::1', 128],
    ['::/0', 'ipv6', '::', 0],
    ['64:ff9b::192.0.2.0/120', 'ipv6', '64:ff9b::192.0.2.0', 120],
  ];
  for (const [text, family, address, prefix] of networks) {
    it(`takes ${text} for a network`, () => {
      assert.deepEqual(parseNetwork(text), { value: { family, address, prefix } });
    });
  }

  const noNetworks: readonly [text: string, problem: RegExp][] = [
    ['', /must be a network/],
    ['10/8', /must be a network/],
    ['10.0.0.0/', /must be a network/],
    ['10.0.0.0/33', /must be a network/],
    ['10.0.0.0/-1', /must be a network/],
    ['10.0.0.0/8/8', /must be a network/],
    ['10.0.0.0/255.0.0.0', /must be a network/],
    ['010.0.0.0/8', /must be a network/],
    [' 10.0.0.0/8', /must be a network/],
    ['2001:db8::/129', /must be a network/],
    ['fe80::1%eth0', /must be a network/],
    ['localhost', /must be a network/],
    ['10.1.2.3/8', /bits behind its prefix/],
    ['1.0.0.0/0', /bits behind its prefix/],
    ['2001:db8::1/32', /bits behind its prefix/],
    ['2001:db8:c000::/33', /bits behind its prefix/],
    ['::ffff:10.0.0.0/104', /without ::ffff:/],
    ['0:0:0:0:0:FFFF:a00:1', /without ::ffff:/],
  ];
  for (const [text, problem] of noNetworks) {
    it(`does not take ${JSON.stringify(text)} for a network (P7)`, () => {
      const reading = parseNetwork(text);
      assert.ok('problem' in reading);
      assert.match(reading.problem, problem);
    });
  }

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

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { parseProxy, proxyOfEnvironment } from '../../../src/config/proxy.ts';
import { accepted, minimal, refused } from './config-fixture.ts';

function withProxy(text: string): string {
  return minimal.replace('tenant:\n', `tenant:\n  proxy: "${text}"\n`);
}

describe('the proxy of a configuration', () => {
  it('is an address, whose user and password are secret (FAM-07)', () => {
    const { proxy } = accepted(withProxy('http://anna:p%40ss:word@proxy.example.com:3128')).config.tenant;
    assert.equal(proxy?.url, 'http://proxy.example.com:3128');
    assert.equal(proxy.login?.reveal(), 'anna:p@ss:word');
    assert.ok(!inspect(proxy, { depth: 9, showHidden: true }).includes('p@ss'));
    assert.equal(accepted(minimal).config.tenant.proxy, undefined);
  });

  for (const [text, url] of [
    ['https://proxy.example.com', 'https://proxy.example.com'],
    ['proxy.example.com:3128', 'http://proxy.example.com:3128'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
  ] as const) {
    it(`can be written ${text}`, () => {
      const reading = parseProxy(text);
      assert.ok('value' in reading);
      assert.deepEqual([reading.value.url, reading.value.login], [url, undefined]);
    });
  }

  for (const text of ['', 'socks5://x', 'http://x/path', 'http://x/?q=1', 'http://%:a@x', 'http://']) {
    it(`cannot be ${JSON.stringify(text)}`, () => {
      const [problem] = refused(withProxy(text));
      assert.equal(problem?.key, 'tenant.proxy');
      assert.match(problem.message, /address of a proxy/);
    });
  }
});

describe('the proxy of the environment', () => {
  it('is that of HTTPS_PROXY, with the hosts of NO_PROXY around it; names in lower case win', () => {
    const env = {
      HTTPS_PROXY: 'http://upper',
      https_proxy: 'http://lower',
      NO_PROXY: 'A.example, .b.example  *',
      http_proxy: 'x',
    };
    assert.deepEqual(proxyOfEnvironment(env), {
      value: { url: 'http://lower', login: undefined, bypass: ['a.example', '.b.example', '*'] },
    });
    assert.deepEqual(proxyOfEnvironment({ HTTPS_PROXY: 'http://upper', https_proxy: '' }), {
      value: { url: 'http://upper', login: undefined, bypass: [] },
    });
  });

  it('is none without HTTPS_PROXY; what is wrong with it is said without quoting it', () => {
    assert.deepEqual(proxyOfEnvironment({ HTTP_PROXY: 'http://x', NO_PROXY: '*' }), { value: undefined });
    const reading = proxyOfEnvironment({ HTTPS_PROXY: 'ftp://anna:hunter2@x' });
    assert.ok('problem' in reading);
    assert.match(reading.problem, /environment variable HTTPS_PROXY must be/);
    assert.ok(!reading.problem.includes('hunter2'));
  });
});

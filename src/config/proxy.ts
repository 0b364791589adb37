import { Secret } from '../identity/secret.ts';
import type { ProxyConfig } from './config.ts';
import type { Reading } from './units.ts';

/** What the address of a proxy looks like; continues the sentence "the key …". */
export const proxyExpected = 'must be the address of a proxy without path, for instance http://proxy.example.com:3128';

/** Reads `http://user:password@proxy.example.com:3128`; the user and the password become a secret. */
export function parseProxy(text: string): Reading<ProxyConfig> {
  // Tools that know the environment variable take an address without a scheme as well.
  const address = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const known = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url === undefined || !known || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    return { problem: proxyExpected };
  }
  const { username, password } = url;
  try {
    const login =
      username === '' ? undefined : new Secret(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    return { value: { url: url.origin, login, bypass: [] } };
  } catch {
    return { problem: `${proxyExpected}; a percent sign in the user or the password is written %25` };
  }
}

/**
 * The proxy that the environment asks for by `HTTPS_PROXY` and `NO_PROXY`, or their names in lower case, which win, as with
 * curl; undefined when it asks for none. Only https is spoken with Microsoft, so that `HTTP_PROXY` does not count.
 */
export function proxyOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Reading<ProxyConfig | undefined> {
  const name = ['https_proxy', 'HTTPS_PROXY'].find((each) => (env[each] ?? '') !== '');
  if (name === undefined) return { value: undefined };
  const reading = parseProxy(env[name] ?? '');
  if ('problem' in reading) return { problem: `the environment variable ${name} ${reading.problem}` };
  const bypass = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((host) => host !== '');
  return { value: { ...reading.value, bypass: bypass.map((host) => host.toLowerCase()) } };
}

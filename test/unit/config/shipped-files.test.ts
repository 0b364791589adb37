import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { configJsonSchema } from '../../../src/config/json-schema.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';
import { selfSigned } from './self-signed.ts';
import { accepted, bcryptHash, minimal, source } from './config-fixture.ts';

interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly pattern?: string;
  readonly anyOf?: readonly SchemaNode[];
}

const example = readFileSync('config/entra-ldapd.example.yaml', 'utf8');
const environment = {
  ENTRA_CLIENT_SECRET: 'abc~secret',
  GITLAB_PASSWORD_HASH: bcryptHash,
  ENTRA_LDAPD_KEY: `k1:${Buffer.alloc(32).toString('base64')}`,
};

/** Every key of the schema with its node. */
function keysOf(node: SchemaNode): [string, SchemaNode][] {
  const own = Object.entries(node.properties ?? {});
  return [
    ...own,
    ...own.flatMap(([, child]) => keysOf(child)),
    ...(node.items === undefined ? [] : keysOf(node.items)),
  ];
}

/** The example with one of its ways to prove who the application is, and without the others. */
function withOneCredential(text: string, key: string): string {
  const kinds = ['secret', 'certificateFile', 'federatedTokenFile', 'managedIdentity', 'credentials'];
  const belongings: Readonly<Record<string, string>> = {
    secretExpires: 'secret',
    sendCertificateChain: 'certificateFile',
  };
  const unwanted = [
    ...kinds.filter((kind) => kind !== key),
    ...Object.keys(belongings).filter((name) => belongings[name] !== key),
    ...(key === 'credentials' ? ['credential'] : []),
  ];
  return unwanted.reduce((rest, name) => rest.replace(new RegExp(`^ *${name}:.*\\n`, 'm'), ''), text);
}

describe('the files of the configuration that are shipped', () => {
  const schema = JSON.parse(configJsonSchema()) as SchemaNode;

  it('hold the JSON Schema that the program generates; scripts/config-schema.mjs writes it anew', () => {
    assert.equal(readFileSync('config/entra-ldapd.schema.json', 'utf8'), configJsonSchema());
  });

  it('describe every key to editors, and refuse unknown keys there too', () => {
    const keys = keysOf(schema);
    assert.ok(keys.length > 50);
    for (const [key, { description, properties, additionalProperties }] of keys) {
      assert.ok((description ?? '').length > 10, key);
      // A map has keys of the administrator's own.
      if (typeof additionalProperties === 'object') continue;
      assert.equal(additionalProperties, properties === undefined ? undefined : false, key);
    }
  });

  it('let editors accept ${env:…} for texts with a pattern, numbers, flags and words', () => {
    for (const [key, node] of keysOf(schema)) {
      const patterns = [node.pattern, ...(node.anyOf ?? []).map(({ pattern }) => pattern)].filter(
        (pattern) => pattern !== undefined,
      );
      if (patterns.length === 0) continue;
      assert.ok(
        patterns.some((pattern) => new RegExp(pattern, 'u').test('${env:NAME}')),
        key,
      );
    }
  });

  it('hold an example that is accepted (OOM-12)', () => {
    const { config } = accepted(example, source({}, environment));
    assert.equal(config.serviceAccounts[0]?.name, 'gitlab');
  });

  it('show in the example the defaults that apply when a key is left out', () => {
    const { config } = accepted(example, source({}, environment));
    const defaults = accepted(minimal).config;
    for (const part of ['sync', 'store', 'ldap', 'bind', 'log', 'directory'] as const) {
      assert.deepEqual(config[part], defaults[part], part);
    }
    assert.deepEqual(config.projection.users, defaults.projection.users);
    assert.deepEqual(config.projection.groups, defaults.projection.groups);
  });

  it('show every key in the example, switched on or off, with a comment before it or before its group', () => {
    for (const [key] of keysOf(schema)) assert.match(example, new RegExp(`^ *#?(?:- )?${key}:`, 'm'), key);
  });

  it('hold an example whose settings that are off are right too', () => {
    const pair = selfSigned('rsa');
    const on = example.replaceAll(/^( *)#(?=(?:- )?[a-zA-Z])/gm, '$1').replace('kind: shared', 'kind: firstMatch');
    const all = withOneCredential(on, 'certificateFile');
    const paths = ['entra-ldapd.pem', 'proxy-ca.pem', 'ldap.pem', 'ldap.key', 'client-ca.pem', 'org.pem', 'org.key'];
    const files = Object.fromEntries(paths.map((name) => [`/etc/certs/${name}`, pair.certPem + pair.keyPem]));
    const { config, warnings } = accepted(all, source(files, environment));
    assert.equal(config.tenant.displayName, 'Example Ltd');
    assert.equal(config.ldap.requireTlsForBind, true);
    assert.deepEqual(warnings, []);
  });

  for (const key of ['secret', 'certificateFile', 'federatedTokenFile', 'managedIdentity', 'credentials']) {
    it(`hold an example that is right too when the application proves itself by ${key} (FOX-09)`, () => {
      const pem = Object.values(selfSigned('rsa')).join('');
      const files = { '/etc/certs/entra-ldapd.pem': pem, '/run/token': 'token' };
      const env = { ...environment, AZURE_FEDERATED_TOKEN_FILE: '/run/token' };
      const text = withOneCredential(example.replaceAll(/^( *)#(?=[a-zA-Z]+:)/gm, '$1'), key);
      const tenant = `${text.split('\n# The LDAP tree.')[0] ?? ''}\ndirectory: {baseDn: "dc=example,dc=com"}\n`;
      const { config } = accepted(tenant.replace(/^ *caFile: .*\n/m, ''), source(files, env));
      assert.equal(config.tenant.credentials.length, key === 'credentials' ? 2 : 1);
    });
  }

  it('name for the LDAP limits the same defaults that the LDAP server has', () => {
    const { limits } = accepted(minimal).config.ldap;
    assert.deepEqual({ ...defaultLdapLimits, ...limits }, defaultLdapLimits);
  });
});

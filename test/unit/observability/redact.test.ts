import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isSecretField, redact } from '../../../src/observability/redact.ts';

const jwt = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCIsInN1YiI6ImFsaWNlIn0.c2lnbmF0dXJl_-x';
const hash = '$2b$12$abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXY';

describe('redaction', () => {
  const secrets: readonly [string, string, string][] = [
    ['a JSON Web Token', `got ${jwt} from`, jwt],
    [
      'a JSON Web Token without signature',
      `${jwt.split('.').slice(0, 2).join('.')}.`,
      'eyJhdWQiOiJncmFwaCIsInN1YiI6ImFsaWNlIn0',
    ],
    ['a bearer token of any form', 'Authorization: Bearer abcdef0123456789', 'abcdef0123456789'],
    ['basic credentials', 'authorization: basic aHVudGVyMjpodW50ZXIy', 'aHVudGVyMjpodW50ZXIy'],
    ['a client secret in a form', 'grant_type=x&client_secret=h8F~hunter2&scope=y', 'h8F~hunter2'],
    ['a password in a form', 'username=a&password=hunter2%21,x', 'hunter2'],
    ['a quoted password', 'password="hunter2 with blanks"', 'hunter2'],
    ['a password in JSON', '{"user":"a","password":"hunter2\\" more","x":1}', 'hunter2'],
    ['a token in JSON', '{"refresh_token": "0.AXhunter2"}', 'hunter2'],
    ['a client assertion', 'client_assertion=hunter2', 'hunter2'],
    ['a delta link', "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=hunter2_x'y", 'hunter2'],
    ['a next link', 'https://graph.microsoft.com/v1.0/users/delta?$skiptoken=hunter2&$top=1', 'hunter2'],
    ['an encoded delta link', 'users/delta?%24deltatoken=hunter2', 'hunter2'],
    ['a delta link in another letter case', 'users/delta()?$deltaToken=hunter2', 'hunter2'],
    ['a private key', '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----', 'hunter2'],
    ['half of a private key', '-----BEGIN RSA PRIVATE KEY-----\nhunter2', 'hunter2'],
    ['a bcrypt hash', `hash ${hash} ends`, hash],
    ['the user of an address', 'ldap://admin:hunter2@example.com/', 'hunter2'],
  ];
  for (const [what, text, secret] of secrets) {
    it(`removes ${what}`, () => {
      const redacted = redact(text);
      assert.ok(!redacted.includes(secret), redacted);
      assert.match(redacted, /\[[a-z ]+\]/);
    });
  }

  it('keeps what stands around a secret', () => {
    assert.equal(redact('a=1&client_secret=x&b=2'), 'a=1&client_secret=[redacted]&b=2');
    assert.equal(redact(`before ${jwt} after`), 'before [token] after');
  });

  for (const text of [
    '',
    'wrong password: the account is locked',
    'the token has expired',
    'cn=alice,ou=users,dc=example,dc=com',
    '(&(objectClass=person)(uid=alice))',
    'https://graph.microsoft.com/v1.0/users',
    '/home/{uid}',
    'alice@example.com',
    'AADSTS50126: Error validating credentials due to invalid username or password.',
  ]) {
    it(`keeps ${JSON.stringify(text)} as it is`, () => {
      assert.equal(redact(text), text);
    });
  }

  it('knows names of fields whose value is never written', () => {
    for (const name of ['password', 'clientSecret', 'client_secret', 'accessToken', 'Authorization', 'credential']) {
      assert.ok(isSecretField(name), name);
    }
    for (const name of ['passwordAgeMs', 'secretExpires', 'tokens', 'user', 'reason'])
      assert.ok(!isSecretField(name), name);
  });

  it('finds a password of any characters that a form may hold', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9%._~,;:!*()-]{6,40}$/), (password) => {
        assert.equal(redact(`username=x&password=${password}&scope=y`), 'username=x&password=[redacted]&scope=y');
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { accepted, minimal, onlyProblem, refused } from './config-fixture.ts';

const hash = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy';
const local = 'ldap: { listen: ["127.0.0.1:3389"] }\n';
const nas = (more: string): string => `serviceAccounts: [{ name: nas, passwordHash: "${hash}"${more} }]\n`;
const granted = nas(', ntHash: true, allowFrom: [10.0.0.7]');

function doubtsOf(text: string): readonly (readonly [key: string | undefined, message: string])[] {
  return accepted(`${minimal}${local}${text}`).warnings.map(({ key, message }) => [key, message]);
}

describe('NT hashes in the configuration', () => {
  it('are off by default, and granted to no account', () => {
    const { bind, serviceAccounts } = accepted(`${minimal}${nas('')}`).config;
    assert.equal(bind.ntHash, undefined);
    assert.equal(serviceAccounts[0]?.ntHash, false);
    assert.deepEqual(doubtsOf(nas('')), []);
  });

  it('take every key', () => {
    const section =
      'bind: { ntHash: { enabled: true, maxAge: 7d, acceptProven: true, sambaDomains: [NAS1, file-server], sambaSid: S-1-5-21-1-2-3 } }\n';
    const { bind, serviceAccounts } = accepted(`${minimal}${section}${granted}`).config;
    assert.deepEqual(bind.ntHash, {
      ageMaxMs: 7 * 86_400_000,
      acceptProven: true,
      sambaDomains: ['NAS1', 'file-server'],
      sambaSid: 'S-1-5-21-1-2-3',
    });
    assert.equal(serviceAccounts[0]?.ntHash, true);
    assert.deepEqual(accepted(`${minimal}bind: { ntHash: { enabled: true } }\n`).config.bind.ntHash, {
      ageMaxMs: 30 * 86_400_000,
      acceptProven: false,
      sambaDomains: [],
      sambaSid: undefined,
    });
  });

  it('tell all their problems at once, with their places', () => {
    const section = [
      'bind:',
      '  ntHash:',
      '    enabled: "yes"',
      '    maxAge: 2000d',
      '    sambaDomains: [NAS1, "two words", nas1, ABCDEFGHIJKLMNOP]',
      '    sambaSid: S-1-5-32',
    ];
    assert.deepEqual(
      refused(`${minimal}${section.join('\n')}\n`).map(({ key }) => key),
      [
        'bind.ntHash.enabled',
        'bind.ntHash.maxAge',
        'bind.ntHash.sambaDomains[1]',
        'bind.ntHash.sambaDomains[2]',
        'bind.ntHash.sambaDomains[3]',
        'bind.ntHash.sambaSid',
      ],
    );
  });

  it('cannot be granted while none are kept', () => {
    const { key, message } = onlyProblem(granted);
    assert.equal(key, 'serviceAccounts[0].ntHash');
    assert.match(message, /needs bind\.ntHash\.enabled: true/);
  });

  it('leave the attributes of Samba to be shown, not mapped, where everybody would see them', () => {
    for (const name of ['sambaNTPassword', 'sambaSID', 'SAMBAACCTFLAGS']) {
      const { key, message } = onlyProblem(`users: { attributes: { ${name}: mail } }\n`);
      assert.equal(key, `users.attributes.${name}`);
      assert.match(message, /shown to service accounts with ntHash: true/);
    }
  });

  it('are doubted with their risk, and where nobody could read them, or everybody who has the password', () => {
    const on = 'bind: { ntHash: { enabled: true } }\n';
    const [risk, ...others] = doubtsOf(`${on}${granted}`);
    assert.deepEqual([risk?.[0], others], ['bind.ntHash.enabled', []]);
    assert.match(risk?.[1] ?? '', /pass-the-hash/);
    const unread = doubtsOf(on).map(([, message]) => message);
    assert.match(unread[1] ?? '', /no service account has ntHash/);
    const idle = doubtsOf(`bind: { entra: { enabled: false }, ntHash: { enabled: true } }\n${granted}`);
    assert.match(idle[1]?.[1] ?? '', /bind\.entra\.enabled is false/);
    const everywhere = doubtsOf(`${on}${nas(', ntHash: true, rights: { users: all, attributes: [uid] }')}`);
    assert.deepEqual(
      everywhere.slice(1).map(([key]) => key),
      ['serviceAccounts[0].ntHash', 'serviceAccounts[0].rights.attributes'],
    );
    for (const attributes of ['[uid, sambaNTPassword]', '[uid, "@sambaSamAccount"]']) {
      const rights = `, ntHash: true, allowFrom: [10.0.0.7], rights: { users: all, attributes: ${attributes} }`;
      assert.equal(doubtsOf(`${on}${nas(rights)}`).length, 1, attributes);
    }
  });
});

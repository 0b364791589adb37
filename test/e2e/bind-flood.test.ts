import assert from 'node:assert/strict';
import { hashSync } from 'bcrypt';

import type { StatusReport } from '../../src/identity/admin.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { DaemonOnSimulator } from '../support/daemon-on-simulator.ts';
import * as ber from '../support/ldap-ber.ts';

const base = 'dc=contoso,dc=com';
const readerDn = `cn=reader,ou=services,${base}`;
const readerPassword = 's3cret-of-the-reader';
const password = 'Passw0rd!-of-everybody';
const attacker = '127.0.0.66';
const names = ['anna', 'ben', 'carla', 'dora', 'emil', 'frieda'];
const upn = (name: string): string => `${name}@contoso.com`;

/** What the attacker has open at a time, and tries over each. */
const connections = 60;
const triesEach = 10;
const bindsEach = 5;

const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c13', domains: ['contoso.com'] },
  users: names.map((name) => ({ userPrincipalName: upn(name), displayName: name, password })),
});

/** A daemon that remembers nothing of what it has accepted, so that each right password is asked about. */
describe('a flood of wrong passwords from one address', () => {
  let daemon: DaemonOnSimulator;
  /** The answers to the attacker, in their order. */
  const answers: number[] = [];
  /** The same by connection, for names of people, who wait in no queue here that could be full. */
  const byConnection: number[][] = [];
  /** How many of them had come when each of the others was answered, and what that was. */
  const others: { readonly who: string; readonly code: number; readonly floodAnswers: number }[] = [];

  before(async function () {
    this.timeout(120_000);
    daemon = await DaemonOnSimulator.serving({
      tenant: parseTenant(tenantText, 'tenant.json'),
      sections: {
        serviceAccounts: [{ name: 'reader', passwordHash: hashSync(readerPassword, 10) }],
        bind: {
          memory: { accepted: '0s' },
          // So that what is used up stays used up, however long the test takes.
          shield: { account: { attempts: 6, refill: '1h' }, address: { attempts: 30, refill: '1h' } },
        },
      },
    });
    // Everybody has been here before: a part of each account's allowance is kept for where it logs in from.
    for (const name of names) await bindOnce(name);
    await bindOnce('reader');
    others.length = 0;
    await Promise.all([flood(), ...names.map(binding), binding('reader')]);
  });

  after(() => daemon[Symbol.asyncDispose]());

  /** Everybody at an address of their own. */
  const addressOf = (name: string): string => `127.0.1.${1 + [...names, 'reader'].indexOf(name)}`;

  async function bindOnce(name: string): Promise<void> {
    const client = await daemon.connect(addressOf(name));
    const [dn, text] = name === 'reader' ? [readerDn, readerPassword] : [upn(name), password];
    const { code } = await client.ask(1, ber.bindRequest(dn, text));
    others.push({ who: name, code, floodAnswers: answers.length });
    client[Symbol.dispose]();
  }

  async function binding(name: string): Promise<void> {
    for (let i = 0; i < bindsEach; i++) await bindOnce(name);
  }

  async function flood(): Promise<void> {
    await Promise.all(
      Array.from({ length: connections }, async (_, each) => {
        const client = await daemon.connect(attacker);
        const whose = [upn('anna'), 'nobody', readerDn, 'ben'][each % 4] ?? '';
        const own: number[] = [];
        if (whose !== readerDn) byConnection.push(own);
        for (let i = 0; i < triesEach; i++) {
          const { code } = await client.ask(i + 1, ber.bindRequest(whose, `guess ${i} of ${each}`));
          answers.push(code);
          own.push(code);
        }
      }),
    );
  }

  it('is answered to the last, and every answer is no (P8)', () => {
    assert.equal(answers.length, connections * triesEach);
    assert.deepEqual(new Set(answers), new Set([49, 51]));
  });

  it('is told to come back later as soon as its allowance is used up, whatever name it tries (P8)', () => {
    assert.equal(byConnection.length, (connections * 3) / 4);
    // What was under way when it was used up is answered as it was asked.
    assert.ok(answers.filter((code) => code === 49).length <= 30 + connections);
    for (const codes of byConnection) assert.doesNotMatch(codes.join(' '), /51.*49/);
  });

  it('keeps nobody else from binding, not even those whose accounts are attacked (P6)', () => {
    assert.equal(others.length, (names.length + 1) * bindsEach);
    assert.deepEqual(
      others.filter(({ code }) => code !== 0),
      [],
    );
  });

  it('does not make others wait until it is over (P8)', () => {
    for (const name of [...names, 'reader']) {
      const first = others.find(({ who }) => who === name);
      assert.ok(first !== undefined && first.floodAnswers < connections * triesEach, name);
    }
  });

  it('costs Entra no more attempts of an account than its allowance, and locks nobody (PAIN-22)', () => {
    const { signIns } = daemon.simulator.control.statistics();
    for (const name of names) {
      const right = 1 + bindsEach;
      const wrong = (signIns[upn(name)]?.attempts ?? 0) - right;
      // A third of six is kept for who has logged in from there.
      assert.ok(wrong >= 0 && wrong <= (['anna', 'ben'].includes(name) ? 4 : 0), `${name}: ${wrong}`);
    }
  });

  it('leaves nothing behind but its own address in the books (P8)', async () => {
    const { binds } = await daemon.json<StatusReport>('status');
    assert.equal(binds.limited, 1);
    assert.equal(binds.strangersHeld, false);
    const { accepted, refused, busy, unavailable } = binds.counts;
    assert.deepEqual([accepted, unavailable], [(names.length + 1) * (1 + bindsEach), 0]);
    assert.equal(refused + busy, connections * triesEach);
    const client = await daemon.connect(attacker);
    assert.equal((await client.ask(1, ber.bindRequest(upn('emil'), password))).code, 51);
  });
});

import assert from 'node:assert/strict';

import { askLinks } from '../../../src/auth/chain.ts';
import { GateFullError } from '../../../src/auth/gate.ts';
import type { BindAttempt, BindLink, LinkName, LinkVerdict, Subject } from '../../../src/auth/link.ts';

const service: Subject = { kind: 'service', account: { name: 'a', dn: 'cn=a' } };

function attemptOf(subject: Subject = service, signal = new AbortController().signal): BindAttempt {
  return { subject, password: Buffer.from('x'), address: '', network: '', signal };
}

const says = (name: LinkName, verdict: LinkVerdict): BindLink => ({ name, verify: () => Promise.resolve(verdict) });
const fails = (name: LinkName, error: Error): BindLink => ({ name, verify: () => Promise.reject(error) });
const unasked: BindLink = { name: 'entra', verify: () => assert.fail('the link was asked') };

const notMine: LinkVerdict = { kind: 'notMine' };
const accepted: LinkVerdict = { kind: 'accepted' };
const refused: LinkVerdict = { kind: 'refused', reason: 'wrong', denial: 'wrong' };
const unavailable: LinkVerdict = { kind: 'unavailable', reason: 'no network' };
const misconfigured: LinkVerdict = { kind: 'misconfigured', reason: 'the secret has expired' };

describe('the chain of links', () => {
  for (const verdict of [accepted, refused]) {
    it(`ends with the first that has ${verdict.kind}, and asks no further`, async () => {
      const decision = await askLinks([says('service', notMine), says('local', verdict), unasked], attemptOf());
      assert.deepEqual(decision, { link: 'local', verdict });
    });

    for (const undecided of [unavailable, misconfigured, { kind: 'busy', reason: 'full' } as const]) {
      it(`leaves it to those behind when one is ${undecided.kind}, who have ${verdict.kind} (P6)`, async () => {
        const decision = await askLinks([says('entra', undecided), says('local', verdict)], attemptOf());
        assert.deepEqual(decision, { link: 'local', verdict, trouble: undecided });
      });
    }
  }

  for (const [where, links] of [
    ['before', [says('remembered', { kind: 'notMine', isTried: true }), says('entra', unavailable)]],
    ['behind', [says('entra', unavailable), says('remembered', { kind: 'notMine', isTried: true })]],
  ] as const) {
    it(`counts as tried what a link ${where} the one that could not tell has compared with another password (P7)`, async () => {
      assert.deepEqual(await askLinks(links, attemptOf()), {
        link: 'entra',
        verdict: { ...unavailable, isTried: true },
      });
    });
  }

  it('is as undecided as the first that could not tell when nobody decides', async () => {
    const links = [says('local', misconfigured), says('entra', unavailable), says('service', notMine)];
    assert.deepEqual(await askLinks(links, attemptOf()), { link: 'local', verdict: misconfigured });
  });

  it('refuses whoever is nobody’s business, and everybody when it is empty (P7)', async () => {
    for (const subject of [service, { kind: 'unknown', among: 'users', reason: 'no such user' }] satisfies Subject[]) {
      for (const links of [[], [says('local', notMine)]]) {
        const { link, verdict } = await askLinks(links, attemptOf(subject));
        assert.deepEqual([link, verdict.kind], [undefined, 'refused']);
      }
    }
  });

  it('takes an error of a link for no answer, never for a yes (P7)', async () => {
    const error = new Error('bug');
    const { verdict } = await askLinks([fails('local', error)], attemptOf());
    assert.ok(verdict.kind === 'unavailable' && verdict.cause === error);
    const full = await askLinks([fails('local', new GateFullError('full'))], attemptOf());
    assert.equal(full.verdict.kind, 'busy');
  });

  it('ends when the client has gone, and says that this is nobody else’s matter', async () => {
    const controller = new AbortController();
    controller.abort(new Error('gone'));
    const gone = controller.signal;
    const { verdict } = await askLinks([fails('local', new Error('gone')), unasked], attemptOf(service, gone));
    assert.ok(verdict.kind === 'unavailable' && verdict.isAbandoned === true);
  });
});

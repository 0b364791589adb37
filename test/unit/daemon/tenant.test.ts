import assert from 'node:assert/strict';
import { resolveProjection, TenantKnowledge } from '../../../src/daemon/tenant.ts';
import type { Config } from '../../../src/config/config.ts';
import { SourceError } from '../../../src/identity/source-error.ts';
import type { TenantFacts } from '../../../src/identity/tenant-facts.ts';
import { accepted, minimal } from '../config/config-fixture.ts';
import { recordingLog } from '../../support/recording-log.ts';
import { openTestStore } from '../../support/sync-bench.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const signal = new AbortController().signal;
const forbidden = new SourceError('forbidden', 'The domains of the tenant cannot be read.');

function factsOf(...names: readonly string[]): TenantFacts {
  const domains = names.map((name) => ({ name, isDefault: false, isInitial: false, isFederated: false }));
  return { domains, isHybrid: false, readAtMs: 7 };
}

const usual: Config = accepted(minimal).config;
const verified: Config = accepted(`${minimal}\nusers: {domains: verified}\n`).config;

/** A tenant that answers what it is told to, and counts how often it is asked. */
class Tenant {
  answer: TenantFacts | SourceError = factsOf('b.example', 'a.example');
  asked = 0;

  async tenantFacts(): Promise<TenantFacts> {
    this.asked += 1;
    if (this.answer instanceof SourceError) throw this.answer;
    return this.answer;
  }
}

describe('what the tenant says about itself', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let tenant: Tenant;
  let log: ReturnType<typeof recordingLog>;
  let knowledge: TenantKnowledge;

  beforeEach(async () => {
    folder = temporaryFolder();
    store = await openTestStore(folder.path);
    tenant = new Tenant();
    log = recordingLog();
    knowledge = new TenantKnowledge({ graph: tenant, store, log });
  });
  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('is asked for before the first round and before each that reads everything, and not before others', async () => {
    assert.equal(await knowledge.prepare(false, usual, signal), true);
    assert.equal(await knowledge.prepare(false, usual, signal), false);
    assert.equal(tenant.asked, 1);
    assert.equal(await knowledge.prepare(true, usual, signal), false, 'the same as before');
    tenant.answer = factsOf('a.example');
    assert.equal(await knowledge.prepare(true, usual, signal), true);
    assert.equal(tenant.asked, 3);
  });

  it('survives the end of the process (P3)', async () => {
    await knowledge.refresh(signal);
    await store[Symbol.asyncDispose]();
    store = await openTestStore(folder.path);
    assert.deepEqual(store.tenant.load(), tenant.answer);
  });

  it('stays what it was when it cannot be read, and that is told once (P2)', async () => {
    await knowledge.prepare(false, verified, signal);
    tenant.answer = forbidden;
    assert.equal(await knowledge.prepare(true, verified, signal), false);
    assert.equal(await knowledge.prepare(true, verified, signal), false);
    assert.equal(await knowledge.tryRefresh(signal), false);
    assert.equal(knowledge.problem, forbidden.message);
    assert.deepEqual(
      log.events.map(({ level, event }) => [level, event]),
      [['warn', 'tenant.facts.kept']],
    );
    assert.deepEqual(resolveProjection(verified, store).projection.users.domains, ['a.example', 'b.example']);
    tenant.answer = factsOf('c.example');
    assert.equal(await knowledge.tryRefresh(signal), true);
    assert.equal(knowledge.problem, null);
  });

  it('is no warning where nothing is followed by it, and is asked for once when it is forbidden', async () => {
    tenant.answer = forbidden;
    assert.equal(await knowledge.prepare(false, usual, signal), false);
    assert.equal(await knowledge.prepare(false, usual, signal), false);
    assert.deepEqual([tenant.asked, log.events.map(({ level }) => level)], [1, ['info']]);
    assert.deepEqual(resolveProjection(usual, store), { projection: usual.projection, notReady: undefined });
  });

  it('must be known where it decides who is shown: until then rounds fail and nothing may be published (P1)', async () => {
    tenant.answer = forbidden;
    for (let round = 0; round < 2; round++) {
      await assert.rejects(
        knowledge.prepare(false, verified, signal),
        (error) =>
          error instanceof SourceError && error.code === 'forbidden' && /users\.domains is/.test(error.message),
      );
    }
    assert.equal(tenant.asked, 2, 'each round asks again');
    assert.match(resolveProjection(verified, store).notReady ?? '', /domains refresh/);
    tenant.answer = factsOf('a.example');
    assert.equal(await knowledge.prepare(false, verified, signal), true);
    assert.equal(resolveProjection(verified, store).notReady, undefined);
  });
});

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { describeWithPackage } from '../support/debian-packages.ts';
import { seededChoice } from '../support/seeded-choice.ts';
import { dereferenceQuestions } from './dereference-questions.ts';
import { attributeQuestions, combinedQuestions, type ServedValues } from './filter-questions.ts';
import { type KnownDifference, knownDifferences } from './known-differences.ts';
import { operationQuestions } from './operation-questions.ts';
import { type Answer, type Question, search } from './question.ts';
import { startTwoServers, type TwoServers } from './servers.ts';

/** Choices of values and combinations; another seed asks other questions. */
const seed = Number(process.env['DIFFERENTIAL_SEED'] ?? 20_261_121);

describeWithPackage('slapd', `OpenLDAP loaded with an export answers as the daemon does, seed ${seed}`, function () {
  this.timeout(180_000);
  const explained = new Set<KnownDifference>();
  let servers: TwoServers;
  let lastId = 1;

  const nextId = (): number => ++lastId;

  before(async () => {
    servers = await startTwoServers();
  });

  after(async () => {
    await servers[Symbol.asyncDispose]();
  });

  /** Asks both; the questions that were answered in ways that nothing explains. */
  async function unexplained(questions: readonly Question[]): Promise<readonly string[]> {
    assert.ok(questions.length > 20);
    const odd: string[] = [];
    for (const question of questions) {
      const ours = await question.ask(servers.ours, nextId);
      const openLdap = await question.ask(servers.openLdap, nextId);
      if (isDeepStrictEqual(ours, openLdap)) continue;
      const known = knownDifferences.find(({ explains }) => explains(question.name, ours, openLdap));
      if (known === undefined) odd.push(`${question.name}\n  ours:     ${shown(ours)}\n  OpenLDAP: ${shown(openLdap)}`);
      else explained.add(known);
    }
    return odd;
  }

  async function servedValues(): Promise<ServedValues> {
    const { entries } = await search({ attributes: ['*', '+'] }).ask(servers.ours, nextId);
    const values = new Map<string, string[]>();
    for (const [, attributes] of entries as readonly (readonly [string, Record<string, readonly string[]>])[]) {
      for (const [name, some] of Object.entries(attributes)) values.set(name, [...(values.get(name) ?? []), ...some]);
    }
    assert.ok(values.size > 50);
    return values;
  }

  it('to questions about scopes, names, selections, limits, controls, compares and errors (RFC 4511)', async () => {
    assert.deepEqual(await unexplained([...operationQuestions(), ...dereferenceQuestions()]), []);
  });

  it('to every operator on every attribute of the schema, True and False and Undefined (RFC 4511 §4.5.1.7)', async () => {
    const questions = attributeQuestions(await servedValues(), seededChoice(seed));
    assert.ok(questions.length > 3000);
    assert.deepEqual(await unexplained(questions), []);
  });

  it('to filters that combine any of these', async () => {
    const questions = combinedQuestions(await servedValues(), seededChoice(seed + 1), 1500);
    assert.deepEqual(await unexplained(questions), []);
  });

  it('and every difference that is listed is still there', () => {
    const gone = knownDifferences.filter((known) => !explained.has(known)).map(({ title }) => title);
    assert.deepEqual(gone, []);
  });
});

function shown(answer: Answer): string {
  const text = JSON.stringify(answer);
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}

/**
 * `npm run fuzz`: fuzzes one target or each, keeps what reaches something new in `test/fuzz/corpus`, and ends with exit code 1
 * when a promise was broken; the input that broke it is then kept too, under a name that begins with `crash-`.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { parseArgs } from 'node:util';

import { dropInput, keepInput, type KeptInput, readCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { fuzz, type FuzzReport } from './fuzzer.ts';
import type { FuzzTarget } from './target.ts';
import { measureGrowth } from './growth.ts';
import { targets } from './targets/all.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seed: { type: 'string' },
    seconds: { type: 'string' },
    runs: { type: 'string' },
    replay: { type: 'string' },
    corpus: { type: 'string' },
    blind: { type: 'boolean' },
    minimise: { type: 'boolean' },
    first: { type: 'boolean' },
    growth: { type: 'string' },
    'steps-only': { type: 'boolean' },
  },
});

// Counters go with the code that V8 throws away when it was not used for some time, and optimized code counts differently:
// what a seed finds would depend on the moment.
setFlagsFromString('--no-flush-bytecode');
setFlagsFromString('--no-opt');

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function chosenTargets(): readonly FuzzTarget[] {
  if (values.target === undefined) return targets;
  const chosen = targets.filter(({ name }) => name === values.target);
  if (chosen.length === 0)
    throw new Error(`there is no target ${values.target}; there are ${targets.map(({ name }) => name).join(', ')}`);
  return chosen;
}

/** Ends after `--runs` executions or, without that, after `--seconds` of time. */
function limit(): (runs: number) => boolean {
  if (values.runs !== undefined) return (runs) => runs >= Number(values.runs);
  const endMs = performance.now() + Number(values.seconds ?? 60) * 1000;
  return () => performance.now() >= endMs;
}

async function fuzzOne(target: FuzzTarget, seed: number): Promise<boolean> {
  using coverage = new Coverage((url) => /\/src\/(?:directory|ldap)\//.test(url));
  const kept = readCorpus(target.name, values.corpus);
  const startedMs = performance.now();
  const report = await fuzz({
    target,
    seed,
    coverage,
    corpus: [...kept.map(({ input }) => input), ...target.seeds],
    enough: limit(),
    guided: values.blind !== true,
    ...(values.first === true && { crashesMax: 1 }),
  });
  const perSecond = Math.round((report.runs * 1000) / (performance.now() - startedMs));
  const added = keepNew(target, report, kept);
  print(
    `${target.name}: seed ${seed}, ${report.runs} executions, ${perSecond}/s, ${report.features} features, ${added} new inputs`,
  );
  for (const { input, reason } of report.crashes) {
    const file = relative('.', keepInput(target.name, input, 'crash-', values.corpus));
    print(`${target.name}: BROKEN: ${reason}`);
    print(`${target.name}: replay with npm run fuzz -- --target ${target.name} --replay ${file}`);
  }
  return report.crashes.length === 0;
}

/** Keeps the inputs that were found; with `--minimise` only those that are needed to reach every block that was reached. */
function keepNew(target: FuzzTarget, { corpus, essential }: FuzzReport, kept: readonly KeptInput[]): number {
  const wanted = values.minimise === true ? essential : corpus;
  const known = new Set([...kept.map(({ input }) => input), ...target.seeds].map((input) => input.toString('hex')));
  const fresh = wanted.filter((input) => input.length > 0 && !known.has(input.toString('hex')));
  for (const input of fresh) keepInput(target.name, input, '', values.corpus);
  if (values.minimise === true) {
    const needed = new Set(wanted.map((input) => input.toString('hex')));
    for (const { file, input } of kept) if (!needed.has(input.toString('hex'))) dropInput(file);
  }
  return fresh.length;
}

/** Twice the input may cost twice the steps, and of time, which other programs disturb, somewhat more. */
const stepsGrowthMax = 2.2;
const cpuGrowthMax = 3.5;

/** Looks whether hostile inputs of this many octets, and of twice as many, take linear work. */
function growsLinearly(bytes: number): boolean {
  using coverage = new Coverage((url) => /\/src\/(?:directory|ldap)\//.test(url));
  let whole = true;
  for (const { name, steps, cpu } of measureGrowth(bytes, coverage)) {
    const isLinear = steps <= stepsGrowthMax && (values['steps-only'] === true || cpu <= cpuGrowthMax);
    print(
      `${isLinear ? 'linear' : 'BROKEN'}: ${name}: ${steps.toFixed(2)} times the steps, ${cpu.toFixed(2)} times the time`,
    );
    whole &&= isLinear;
  }
  return whole;
}

async function main(): Promise<boolean> {
  if (values.growth !== undefined) return growsLinearly(Number(values.growth));
  const chosen = chosenTargets();
  if (values.replay !== undefined) {
    for (const target of chosen) await target.run(readFileSync(values.replay));
    print('nothing is broken');
    return true;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  let whole = true;
  for (const target of chosen) whole = (await fuzzOne(target, seed)) && whole;
  return whole;
}

process.exitCode = (await main()) ? 0 : 1;

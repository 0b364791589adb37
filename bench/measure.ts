/** Runs one work item against the servers in turn: A B A B …, so that what the machine does meanwhile meets both. */

import { LoadGenerator } from './generator.ts';
import type { LoadResult } from './load-protocol.ts';
import { processUsage } from './process-usage.ts';
import type { BenchServer } from './servers/bench-server.ts';
import { median, spread, type Spread } from './statistics.ts';
import { jobFor, type WorkItem } from './work-items.ts';

/** One server on one item: medians over the rounds, with the least and the most. */
export interface Measured {
  /** Units of work per second. */
  readonly rate: Spread;
  /** Microseconds of the server's processor time for one unit. */
  readonly cpuMicros: Spread;
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  /** Anonymous resident memory after the item, bytes. */
  readonly anonymousBytes: number;
  /** The share of one core that the load generator used: near 1, it was the limit and not the server. */
  readonly generatorBusy: number;
}

/** One line of the table. */
export interface ItemResult {
  readonly name: string;
  readonly unit: WorkItem['unit'];
  readonly servers: Readonly<Partial<Record<BenchServer['name'], Measured>>>;
}

interface Round {
  readonly result: LoadResult;
  readonly cpuMs: number;
}

/** Measures an item. Throws when a server answers wrongly: a rate of errors says nothing. */
export async function measureItem(
  item: WorkItem,
  servers: readonly BenchServer[],
  { rounds, count, tlsCa }: { readonly rounds: number; readonly count: number; readonly tlsCa: string },
): Promise<ItemResult> {
  const able = servers.filter(({ name }) => item.without?.includes(name) !== true);
  const done = new Map<BenchServer, Round[]>(able.map((server) => [server, []]));
  for (let round = 0; round < rounds; round++) {
    for (const server of able) {
      await using generator = new LoadGenerator();
      const measure = await generator.prepare(jobFor(item, server, tlsCa, count));
      const before = processUsage(server.pid);
      const result = await measure();
      done.get(server)?.push({ result, cpuMs: processUsage(server.pid).cpuMs - before.cpuMs });
      check(item, server, result);
    }
  }
  const measured = [...done].map(([server, all]) => [server.name, summary(all, server)] as const);
  return { name: item.name, unit: item.unit, servers: Object.fromEntries(measured) };
}

function check(item: WorkItem, server: BenchServer, { count, entries, failures, failureCode }: LoadResult): void {
  const what = `${server.name}, ${item.name}`;
  if (failures > 0) throw new Error(`${what}: ${failures} of ${count} answers were refusals (result ${failureCode})`);
  if (item.entriesEach !== undefined && entries !== item.entriesEach * count) {
    throw new Error(`${what}: ${entries} entries instead of ${item.entriesEach * count}`);
  }
}

function summary(rounds: readonly Round[], server: BenchServer): Measured {
  const each = (value: (round: Round) => number): Spread => spread(rounds.map(value));
  return {
    rate: each(({ result }) => (result.count * 1000) / result.elapsedMs),
    cpuMicros: each(({ result, cpuMs }) => (cpuMs * 1000) / result.count),
    p50: each(({ result }) => result.latencyMs.p50),
    p99: each(({ result }) => result.latencyMs.p99),
    anonymousBytes: processUsage(server.pid).anonymousBytes,
    generatorBusy: median(rounds.map(({ result }) => result.generatorCpuMs / result.elapsedMs)),
  };
}

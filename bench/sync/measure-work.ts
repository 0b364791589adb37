import { setTimeout as sleep } from 'node:timers/promises';

import { type ProcessUsage, processUsage } from '../process-usage.ts';
import { median } from '../statistics.ts';

/** What a piece of work took. */
export interface Cost {
  /** Until it was done, milliseconds. */
  readonly ms: number;
  /** Processor time of all threads, what LevelDB does afterwards included, milliseconds. */
  readonly cpuMs: number;
  /** Given to `write(2)` and its relatives, bytes. */
  readonly writtenBytes: number;
  /** Caused to be sent to the disk, bytes. */
  readonly diskBytes: number;
  /** The most anonymous resident memory while it was done, and what was left of it afterwards, bytes. */
  readonly peakAnonymousBytes: number;
  readonly anonymousBytes: number;
}

const sampleMs = 20;
/** LevelDB sorts what was written in the background. So little processor time in so long a while: it is done. */
const settled = { ms: 300, cpuMs: 15 };

/** Measures what a process does while `work` is done. */
export async function measureWork(pid: number, work: () => Promise<unknown>): Promise<Cost> {
  const before = processUsage(pid);
  let peak = before.anonymousBytes;
  const timer = setInterval(() => {
    peak = Math.max(peak, processUsage(pid).anonymousBytes);
  }, sampleMs);
  try {
    const startedMs = performance.now();
    await work();
    const ms = performance.now() - startedMs;
    const after = await untilSettled(pid);
    return {
      ms,
      cpuMs: after.cpuMs - before.cpuMs,
      writtenBytes: after.writtenBytes - before.writtenBytes,
      diskBytes: after.diskBytes - before.diskBytes,
      peakAnonymousBytes: Math.max(peak, after.anonymousBytes),
      anonymousBytes: after.anonymousBytes,
    };
  } finally {
    clearInterval(timer);
  }
}

/** The middle of each cost of some repetitions. */
export function typicalCost(costs: readonly Cost[]): Cost {
  const of = (name: keyof Cost): number => median(costs.map((cost) => cost[name]));
  return {
    ms: of('ms'),
    cpuMs: of('cpuMs'),
    writtenBytes: of('writtenBytes'),
    diskBytes: of('diskBytes'),
    peakAnonymousBytes: of('peakAnonymousBytes'),
    anonymousBytes: of('anonymousBytes'),
  };
}

/** Waits until a process has nothing to do any more. */
export async function untilSettled(pid: number): Promise<ProcessUsage> {
  for (let before = processUsage(pid); ; ) {
    await sleep(settled.ms);
    const now = processUsage(pid);
    if (now.cpuMs - before.cpuMs < settled.cpuMs) return now;
    before = now;
  }
}

import { number } from '../report.ts';
import type { SyncResult } from './sync-works.ts';

/** How the cost of a work grows from one size of the tenant to the next: with what power of its size. */
export interface Growth {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** 1: in proportion, so that each object costs the same; 0: not at all. */
  readonly time: number;
  readonly cpu: number;
}

const mebibyte = 1024 ** 2;

/** The lines of one work. */
export function resultLines({ name, size, objects, searches, ...cost }: SyncResult): string[] {
  const micros = (ms: number): string => number((ms * 1000) / objects);
  const each =
    objects > 1 ? `   ${micros(cost.ms)} µs, CPU ${micros(cost.cpuMs)} µs for each of ${number(objects)}` : '';
  const lines = [
    `${name}, ${size.users.toLocaleString('en')} users`,
    `  ${number(cost.ms)} ms  CPU ${number(cost.cpuMs)} ms  ${amount(cost.writtenBytes)} written, ${amount(cost.diskBytes)} to disk  ` +
      `memory ${amount(cost.peakAnonymousBytes)} at most, ${amount(cost.anonymousBytes)} afterwards${each}`,
  ];
  if (searches !== undefined) {
    const { idle, meanwhile } = searches;
    const ratio = number(meanwhile.p99 / idle.p99);
    lines.push(
      `  searches before p50 ${number(idle.p50)} ms, p99 ${number(idle.p99)} ms; meanwhile p50 ${number(meanwhile.p50)} ms, ` +
        `p99 ${number(meanwhile.p99)} ms (${ratio} ×), at most ${number(meanwhile.max)} ms`,
    );
  }
  return lines;
}

function amount(bytes: number): string {
  return bytes < mebibyte ? `${number(bytes / 1024)} KiB` : `${number(bytes / mebibyte)} MiB`;
}

/** The growth of each work over the sizes that were measured, smallest first. */
export function growthOf(results: readonly SyncResult[]): Growth[] {
  return [...new Set(results.map(({ name }) => name))].flatMap((name) => {
    const series = results.filter((each) => each.name === name).sort((a, b) => a.size.users - b.size.users);
    return series.slice(1).flatMap((large, at) => {
      const small = series[at];
      return small === undefined ? [] : [growthBetween(name, small, large)];
    });
  });
}

function growthBetween(name: string, small: SyncResult, large: SyncResult): Growth {
  const factor = Math.log(large.size.users / small.size.users);
  return {
    name,
    from: small.size.users,
    to: large.size.users,
    time: Math.log(large.ms / small.ms) / factor,
    cpu: Math.log(large.cpuMs / small.cpuMs) / factor,
  };
}

/** One line of the growth law. */
export function growthLine({ name, from, to, time, cpu }: Growth): string {
  const sizes = `${from.toLocaleString('en')} to ${to.toLocaleString('en')} users`;
  return `${name}: from ${sizes} time grows with the power ${time.toFixed(2)}, CPU with ${cpu.toFixed(2)}`;
}

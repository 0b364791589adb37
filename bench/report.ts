import type { ItemResult, Measured } from './measure.ts';
import type { BenchServer } from './servers/bench-server.ts';
import type { Spread } from './statistics.ts';

/** One line of `--json`. Rates per second, times in microseconds and milliseconds. */
export interface JsonResult {
  readonly name: string;
  readonly unit: string;
  readonly ours: number | null;
  /** Ours with the threads that `--workers` asks for. */
  readonly workers: number | null;
  readonly slapd: number | null;
  readonly ldapjs: number | null;
  /** Our rate in units of slapd's. */
  readonly ratio: number | null;
  /** Our processor time for one unit, in units of slapd's. */
  readonly cpuRatio: number | null;
  readonly details: ItemResult['servers'];
}

/** An item as `--json` shows it. */
export function jsonResult({ name, unit, servers }: ItemResult): JsonResult {
  const { ours, workers, slapd, ldapjs } = servers;
  return {
    name,
    unit,
    ours: ours?.rate.median ?? null,
    workers: workers?.rate.median ?? null,
    slapd: slapd?.rate.median ?? null,
    ldapjs: ldapjs?.rate.median ?? null,
    ratio: ours && slapd ? ours.rate.median / slapd.rate.median : null,
    cpuRatio: ours && slapd ? ours.cpuMicros.median / slapd.cpuMicros.median : null,
    details: servers,
  };
}

const order: readonly BenchServer['name'][] = ['ours', 'workers', 'slapd', 'ldapjs'];

/** The lines of one item. */
export function itemLines(item: ItemResult): string[] {
  const { ratio, cpuRatio } = jsonResult(item);
  const compared =
    ratio === null ? '' : `   ${ratio.toFixed(2)} × slapd's rate, ${(cpuRatio ?? 0).toFixed(2)} × its CPU`;
  return [
    `${item.name}${compared}`,
    ...order.flatMap((name) => {
      const measured = item.servers[name];
      return measured === undefined ? [] : [`  ${name.padEnd(7)} ${serverLine(measured, item.unit)}`];
    }),
  ];
}

function serverLine({ rate, cpuMicros, p50, p99, anonymousBytes, generatorBusy }: Measured, unit: string): string {
  const parts = [
    `${range(rate)} ${unit}/s`,
    `CPU ${range(cpuMicros)} µs`,
    `p50 ${number(p50.median)} ms`,
    `p99 ${number(p99.median)} ms`,
    `${Math.round(anonymousBytes / 1024 ** 2)} MiB`,
  ];
  if (generatorBusy > 0.9) parts.push('limited by the load generator');
  return parts.join('  ');
}

function range({ median, min, max }: Spread): string {
  return `${number(median)} (${number(min)}–${number(max)})`;
}

/** Three significant digits, thousands grouped. */
export function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3).replace(/\.?0+$/, '');
}

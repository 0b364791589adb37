import { collectDefaultMetrics, Registry } from 'prom-client';
import type { DurationSnapshot } from './duration-counts.ts';
import { type MetricFamily, metricFamilies, type Sample } from './metric-families.ts';
import type { MetricsReading } from './metrics-reading.ts';

/** What can be read of the daemon in numbers. */
export interface Metrics {
  /** The type of {@link Metrics.text}. */
  readonly contentType: string;
  /** Everything as it stands, in the text format of Prometheus. Rejects when it cannot be read. */
  text(): Promise<string>;
}

/**
 * The numbers of this process: ours, which are counted in plain fields and read when somebody asks, and those of the process and of
 * Node.js (`process_…`, `nodejs_…`), which prom-client keeps.
 */
export function createMetrics(read: () => Promise<MetricsReading>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    text: async () => {
      const reading = await read();
      const own = metricFamilies.map((family) => formatFamily(family, family.read(reading)));
      return `${own.join('')}${spelled(await registry.metrics())}`;
    },
  };
}

/** prom-client 15 writes `Nan` where nothing was measured since the last time; the format knows `NaN`. */
function spelled(text: string): string {
  return text.replaceAll(/ Nan$/gm, ' NaN');
}

function formatFamily({ name, type, help }: MetricFamily, samples: readonly Sample[]): string {
  const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
  for (const { labels, value } of samples) {
    if (typeof value === 'number') lines.push(line(name, labels, value));
    else lines.push(...histogram(name, labels, value));
  }
  return `${lines.join('\n')}\n`;
}

function histogram(name: string, labels: Sample['labels'], { bounds, counts, sumSeconds }: DurationSnapshot): string[] {
  let below = 0;
  const buckets = counts.map((count, at) => {
    below += count;
    return line(`${name}_bucket`, { ...labels, le: bounds[at] === undefined ? '+Inf' : String(bounds[at]) }, below);
  });
  return [...buckets, line(`${name}_sum`, labels, sumSeconds), line(`${name}_count`, labels, below)];
}

function line(name: string, labels: Sample['labels'], value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

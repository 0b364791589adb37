import type { ItemResult, Measured } from './measure.ts';
import { number } from './report.ts';

const width = 640;
const rowHeight = 44;
const left = 90;
const right = 200;
const colors: Readonly<Record<string, string>> = {
  ours: '#0b6bcb',
  workers: '#5aa2e8',
  slapd: '#8a8f98',
  ldapjs: '#c9ccd1',
};

/** A picture (SVG) of one item: a bar for the median rate of each server, with a line from the least to the most. */
export function plot({ name, unit, servers }: ItemResult): string {
  const rows = Object.entries(servers);
  const most = Math.max(...rows.map(([, { rate }]) => rate.max));
  const height = 60 + rows.length * rowHeight;
  const x = (value: number): number => left + (value / most) * (width - left - right);
  const row = ([server, { rate, cpuMicros }]: [string, Measured], index: number): string => {
    const y = 50 + index * rowHeight;
    return [
      `<text x="${left - 10}" y="${y + 17}" text-anchor="end">${server}</text>`,
      `<rect x="${left}" y="${y}" width="${(x(rate.median) - left).toFixed(1)}" height="24" fill="${colors[server] ?? '#888'}"/>`,
      `<path d="M${x(rate.min).toFixed(1)} ${y + 12}H${x(rate.max).toFixed(1)}" stroke="#222" stroke-width="2"/>`,
      `<text x="${(x(rate.max) + 8).toFixed(1)}" y="${y + 17}">${number(rate.median)}/s, ${number(cpuMicros.median)} µs CPU</text>`,
    ].join('\n');
  };
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="12" y="26" font-size="15" font-weight="bold">${name.replaceAll('<', '&lt;')} (${unit} per second)</text>
${rows.map(row).join('\n')}
</svg>
`;
}

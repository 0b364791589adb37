import { type Html, html } from './html.ts';

/** One bar of a chart: how high, of which look, and what it is. */
export interface Bar {
  /** From the bottom to the top; each with its look. */
  readonly parts: readonly { readonly value: number; readonly look: BarLook }[];
  /** Said by the bar when it is pointed at. */
  readonly label: string;
}

/** Looks differ in fill and outline, not in colour alone. */
export type BarLook = 'full' | 'soft' | 'held' | 'failed' | 'refused' | 'undecided';

/** A chart of bars. The drawing stretches with the page; its words stand beside it as text. */
export interface Chart {
  readonly title: string;
  /** What is told to those who do not see it. */
  readonly summary: string;
  readonly bars: readonly Bar[];
  /** How the highest value is written. */
  readonly peak: (value: number) => string;
  /** Below the left end and below the right end. */
  readonly ends: readonly [string, string];
}

const slotWidth = 10;
const barWidth = 7;
const height = 100;
/** Fewer bars leave room before them, rather than become blocks. */
const slotsMin = 30;
/** A bar that stands for something is never invisible. */
const heightMin = 2;

/** Draws it; it is not more than a picture, so a table with the same numbers belongs beside it. */
export function chart({ title, summary, bars, peak, ends }: Chart): Html {
  const highest = Math.max(0, ...bars.map(totalOf));
  const slots = Math.max(slotsMin, bars.length);
  return html`<figure class="chart">
<figcaption><strong>${title}</strong><span>${highest === 0 ? '' : `highest: ${peak(highest)}`}</span></figcaption>
<div class="plot"><svg viewBox="0 0 ${slots * slotWidth} ${height}" preserveAspectRatio="none" role="img" aria-label="${summary}">
${bars.map((bar, index) => drawn(bar, slots - bars.length + index, highest))}
</svg></div>
<div class="axis" aria-hidden="true"><span>${ends[0]}</span><span>${ends[1]}</span></div>
</figure>`;
}

function totalOf({ parts }: Bar): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}

function drawn(bar: Bar, index: number, highest: number): Html {
  let top = height;
  const x = index * slotWidth + (slotWidth - barWidth) / 2;
  const pieces = bar.parts.map(({ value, look }) => {
    if (value <= 0 || highest === 0) return null;
    const tall = Math.max(heightMin, (value / highest) * height);
    top -= tall;
    return html`<rect class="mark ${look}" x="${x}" y="${round(top)}" width="${barWidth}" height="${round(tall)}"/>`;
  });
  return html`<g><title>${bar.label}</title><rect class="slot" x="${index * slotWidth}" y="0" width="${slotWidth}" height="${height}"/>${pieces}</g>\n`;
}

function round(value: number): string {
  return value.toFixed(1);
}

/** What the looks of bars mean. */
export function legend(entries: readonly (readonly [look: BarLook, meaning: string])[]): Html {
  return html`<ul class="legend">${entries.map(
    ([look, meaning]) =>
      html`<li><svg viewBox="0 0 14 14" aria-hidden="true" focusable="false"><rect class="mark ${look}" x="1" y="1" width="12" height="12"/></svg>${meaning}</li>\n`,
  )}</ul>`;
}

/** Small parts that every page is made of. */
import { moment } from '../../wording/quantities.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { icon, type Tone } from './icons.ts';

/** A word with its colour and shape. */
export function badge(tone: Tone, word: string): Html {
  return html`<span class="badge ${tone}">${icon(tone)}${word}</span>`;
}

/** How long ago something was, with the exact time beside it for machines and on hovering. */
export function ago(atMs: number, nowMs: number): Html {
  const distance = nowMs - atMs;
  return time(atMs, distance < 0 ? `in ${rough(-distance)}` : distance < 1000 ? 'just now' : `${rough(distance)} ago`);
}

/** A moment to the second. */
export function exactly(atMs: number): Html {
  return time(atMs, moment(atMs));
}

function time(atMs: number, text: string): Html {
  return html`<time datetime="${new Date(atMs).toISOString()}" title="${moment(atMs)}">${text}</time>`;
}

const steps = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** A span in its largest unit alone: a page is older when it is read than a second unit could tell. */
function rough(ms: number): string {
  const [unit, unitMs] = steps.find(([, each]) => ms >= each) ?? ['s', 1000];
  return `${Math.floor(ms / unitMs)} ${unit}`;
}

/** A part of a page with a heading. */
export function card(
  title: string,
  body: HtmlValue,
  more: { readonly id?: string; readonly aside?: HtmlValue; readonly footer?: HtmlValue } = {},
): Html {
  const id = more.id ?? title.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  return html`<section class="card" aria-labelledby="${id}-title" id="${id}" data-live>
<header><h2 id="${id}-title">${title}</h2>${more.aside}</header>
${body}
${more.footer !== undefined && html`<footer>${more.footer}</footer>`}
</section>`;
}

/** A column of a table; `wide` ones are left out where there is no room. */
export interface Column {
  readonly title: string;
  readonly kind?: 'number' | 'wide' | 'wide number' | 'nowrap';
}

/**
 * A table. The first cell of a row is its heading. On a narrow screen it scrolls by itself, with the keyboard too.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly HtmlValue[])[]): Html {
  return html`<div class="scroll" role="group" aria-label="${caption}" tabindex="0"><table>
<caption class="visually-hidden">${caption}</caption>
<thead><tr>${columns.map(headCell)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, index) => tableCell(cell, index, columns[index]?.kind))}</tr>\n`)}</tbody>
</table></div>`;
}

function headCell({ title, kind }: Column): Html {
  const words = title === '' ? html`<span class="visually-hidden">What to do</span>` : title;
  return html`<th scope="col"${classOf(kind)}>${words}</th>`;
}

function tableCell(cell: HtmlValue, index: number, kind: Column['kind']): Html {
  return index === 0 ? html`<th scope="row"${classOf(kind)}>${cell}</th>` : html`<td${classOf(kind)}>${cell}</td>`;
}

function classOf(kind: Column['kind']): Html | undefined {
  return kind && html` class="${kind}"`;
}

/** Names with their values; what has none is left out. With `isTwice` two stand beside each other where there is room. */
export function facts(rows: readonly (readonly [name: string, value: HtmlValue])[], isTwice = false): Html {
  const said = rows.filter(([, value]) => value !== null && value !== undefined && value !== false);
  return html`<dl class="facts${isTwice && ' twice'}">${said.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}

/** Numbers with their names below. */
export function tally(rows: readonly (readonly [name: string, value: string])[]): Html {
  return html`<dl class="tally">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** What stands where a list would, if there were something to list. */
export function empty(...lines: readonly HtmlValue[]): Html {
  return html`<div class="empty">${lines.map((line) => html`<p>${line}</p>`)}</div>`;
}

/** A message above the page. */
export function notice(tone: Tone, text: HtmlValue): Html {
  return html`<div class="notice ${tone}" role="${tone === 'bad' ? 'alert' : 'status'}">${icon(tone)}<p>${text}</p></div>`;
}

/** A command to be typed on the server. */
export function command(text: string): Html {
  return html`<code>${text}</code>`;
}

/** The heading of a page with a sentence below and what can be done beside it. */
export function heading(title: string, lead: HtmlValue, aside?: HtmlValue): Html {
  return html`<div class="head"><div><h1>${title}</h1><p>${lead}</p></div>${aside}</div>`;
}

/** An address within these pages; what is undefined or empty is left out. */
export function link(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') said.set(name, String(value));
  return said.size === 0 ? path : `${path}?${said.toString()}`;
}

import { type Html, trusted } from './html.ts';

/** How something stands. Each has a shape of its own, so that nobody needs to tell the colours apart. */
export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'none';

const shapes: Readonly<Record<Tone, string>> = {
  good: '<circle cx="8" cy="8" r="7"/><path d="M4.8 8.3l2.2 2.2 4.2-4.6"/>',
  busy: '<circle cx="8" cy="8" r="7"/><path d="M8 4.2V8l2.6 1.8"/>',
  warn: '<path d="M8 1.6 15 14H1z"/><path d="M8 6.2v3.6M8 11.9v.1"/>',
  bad: '<path d="M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2z"/><path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"/>',
  none: '<circle cx="8" cy="8" r="7"/><path d="M5 8h6"/>',
};

/** The shape of a tone; it is decoration, the words beside it say the same. */
export function icon(tone: Tone): Html {
  return trusted(
    `<svg class="icon ${tone}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${shapes[tone]}</svg>`,
  );
}

/** The sign of the program: a tree with two leaves, on a tile. */
export const emblem: Html = trusted(
  '<svg class="emblem" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8"/>' +
    '<path d="M16 9.5v6M9 22.5v-3.5a3.5 3.5 0 0 1 3.5-3.5h7a3.5 3.5 0 0 1 3.5 3.5v3.5"/>' +
    '<circle cx="16" cy="8" r="2.5"/><circle cx="9" cy="23.5" r="2.5"/><circle cx="23" cy="23.5" r="2.5"/></svg>',
);

/** The same for the tab of a browser. */
export const favicon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#3457c9"/>' +
  '<g fill="none" stroke="#fff" stroke-width="2"><path d="M16 9.5v6M9 22.5v-3.5a3.5 3.5 0 0 1 3.5-3.5h7a3.5 3.5 0 0 1 3.5 3.5v3.5"/></g>' +
  '<g fill="#fff"><circle cx="16" cy="8" r="2.5"/><circle cx="9" cy="23.5" r="2.5"/><circle cx="23" cy="23.5" r="2.5"/></g></svg>\n';

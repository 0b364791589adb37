/**
 * HTML as values that know that they are safe. Whatever is put into a template is text, and becomes text on the page, unless it
 * is a template itself; so a display name from the tenant can never become markup.
 */

/** What can stand in a template: nothing for null, undefined and false, each of a list after the other. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/** Markup. Only {@link html} and {@link trusted} make it. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/**
 * Makes markup of a template. Values are escaped for text and for attributes in double quotes; no value may stand in a tag outside
 * of quotes, in a script or in a style.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.reduce((markup, part, index) => `${markup}${rendered(values[index - 1])}${part}`));
}

/** Markup of this program's own, as it is. Never for anything that came from elsewhere. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function rendered(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(rendered).join('');
  return escaped(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// Characters that turn the direction of writing could show "moc.elgoog" for another name, and a page has no use for control
// characters but the line feed.
const misleading = /[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function escaped(text: string): string {
  return text.replaceAll(misleading, '\ufffd').replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

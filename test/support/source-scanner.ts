/** One module that a source file names, in whatever form of import or re-export. */
export interface ImportedModule {
  readonly specifier: string;
  readonly line: number;
}

const WORDS_BEFORE_REGEXP = new Set(
  'return typeof case do else in of new delete void throw instanceof yield await extends'.split(' '),
);

/**
 * TypeScript source with comments, regular expressions and the insides of strings turned into spaces; quotes, line ends and
 * every position stay. What stands between `${` and `}` of a template is code and stays too.
 */
export function blankNonCode(source: string): string {
  const blanker = new Blanker(source);
  blanker.run();
  return blanker.text;
}

/** The modules a source file imports, re-exports or imports dynamically, types included. */
export function importedModules(source: string): readonly ImportedModule[] {
  const code = blankNonCode(source);
  const found: ImportedModule[] = [];
  const pattern = /(?<![.\w$])(?:from|import|import\s*\()\s*(['"`])/g;
  for (let match = pattern.exec(code); match; match = pattern.exec(code)) {
    const begin = pattern.lastIndex;
    const end = code.indexOf(match[1] ?? '', begin);
    found.push({ specifier: source.slice(begin, end), line: lineAt(source, match.index) });
  }
  return found;
}

/** Lines of dynamic imports whose module is not a literal, so that nobody can say from the text what they load. */
export function computedImports(source: string): readonly number[] {
  return linesOf(source, /(?<![.\w$])import\s*\(\s*(?!['"`\s])/g);
}

/** Lines where the code (not its comments and strings) matches a pattern; the pattern must be global. */
export function linesOf(source: string, pattern: RegExp): readonly number[] {
  const code = blankNonCode(source);
  return [...code.matchAll(pattern)].map((match) => lineAt(source, match.index));
}

function lineAt(source: string, position: number): number {
  return source.slice(0, position).split('\n').length;
}

class Blanker {
  readonly #source: string;
  #position = 0;
  #text = '';

  constructor(source: string) {
    this.#source = source;
  }

  get text(): string {
    return this.#text;
  }

  run(): void {
    this.#code(undefined);
  }

  /** Copies code up to the end, or past the `}` that closes a template's substitution. */
  #code(until: '}' | undefined): void {
    let depth = 0;
    while (this.#position < this.#source.length) {
      const char = this.#source[this.#position] ?? '';
      const two = this.#source.slice(this.#position, this.#position + 2);
      if (two === '//') this.#blankTo(this.#indexOr('\n', this.#position));
      else if (two === '/*') this.#blankTo(this.#indexOr('*/', this.#position + 2) + 2);
      else if (char === "'" || char === '"') this.#quoted(char);
      else if (char === '`') this.#template();
      else if (char === '/' && this.#regexpMayBegin()) this.#regexp();
      else {
        if (char === '{') depth += 1;
        if (char === '}') depth -= 1;
        this.#keep(1);
        if (until === '}' && depth < 0) return;
      }
    }
  }

  #quoted(quote: string): void {
    this.#keep(1);
    while (this.#position < this.#source.length && this.#source[this.#position] !== quote) this.#blankOne();
    this.#keep(1);
  }

  #template(): void {
    this.#keep(1);
    while (this.#position < this.#source.length && this.#source[this.#position] !== '`') {
      if (this.#source.startsWith('${', this.#position)) {
        this.#keep(2);
        this.#code('}');
      } else this.#blankOne();
    }
    this.#keep(1);
  }

  #regexp(): void {
    this.#blankOne();
    let inClass = false;
    while (this.#position < this.#source.length) {
      const char = this.#source[this.#position];
      if (char === '[') inClass = true;
      if (char === ']') inClass = false;
      this.#blankOne();
      if (char === '/' && !inClass) return;
    }
  }

  // A slash divides after a value and begins a regular expression elsewhere (ECMA-262 §12, goal symbols). `)` counts as the
  // end of a value: `if (x) /re/.test(y)` is the one form that reads wrongly, and the formatter never leaves it on one line.
  #regexpMayBegin(): boolean {
    const before = this.#text.trimEnd();
    const word = /[\w$]+$/.exec(before)?.[0];
    if (word !== undefined) return WORDS_BEFORE_REGEXP.has(word);
    return !/[)\]}'"`]$/.test(before);
  }

  #blankOne(): void {
    const length = this.#source[this.#position] === '\\' ? 2 : 1;
    this.#blankTo(this.#position + length);
  }

  #blankTo(end: number): void {
    this.#text += this.#source.slice(this.#position, end).replace(/[^\n]/g, ' ');
    this.#position = end;
  }

  #keep(length: number): void {
    this.#text += this.#source.slice(this.#position, this.#position + length);
    this.#position += length;
  }

  #indexOr(needle: string, from: number): number {
    const index = this.#source.indexOf(needle, from);
    return index === -1 ? this.#source.length : index;
  }
}

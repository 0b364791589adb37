/** The `$filter` language (OData 4.01 URL conventions §5.1.1) as far as directory objects have it. */
import { badRequest } from './graph-error.ts';

/** A constant in a filter; dates and GUIDs are written without quotes and are kept as text. */
export type Literal = string | number | boolean | null;

/** The comparison operators. */
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** A parsed filter. Paths are property names from the outside in; in `any` they begin with the lambda variable. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly items: readonly Filter[] }
  | { readonly kind: 'not'; readonly item: Filter }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly path: readonly string[];
      readonly value: Literal;
    }
  | { readonly kind: 'in'; readonly path: readonly string[]; readonly values: readonly Literal[] }
  | {
      readonly kind: 'call';
      readonly name: 'startsWith' | 'endsWith' | 'contains';
      readonly path: readonly string[];
      readonly value: string;
    }
  | {
      readonly kind: 'any';
      readonly path: readonly string[];
      readonly variable: string;
      readonly item: Filter | undefined;
    };

const TOKEN = /\s*(?:('(?:[^']|'')*')|([A-Za-z0-9_$.:+-]+)|([(),/]))/y;
const COMPARISONS: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] satisfies Comparison[];
const CALLS = new Map<string, 'startsWith' | 'endsWith' | 'contains'>([
  ['startswith', 'startsWith'],
  ['endswith', 'endsWith'],
  ['contains', 'contains'],
]);
const DEPTH_MAX = 50;
const LENGTH_MAX = 16_384;

function invalid(reason: string): Error {
  return badRequest(`Invalid filter clause: ${reason}`);
}

function tokenize(text: string): string[] {
  if (text.length > LENGTH_MAX) throw invalid('the filter is too long.');
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (TOKEN.lastIndex < trimmed.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(trimmed);
    if (match === null) throw invalid(`Syntax error at position ${at}.`);
    // `any(c:c eq 'x')` has no space behind the colon of its lambda variable; dates begin with a digit.
    const lambda = /^([A-Za-z_]\w*:)(.+)$/.exec(match[2] ?? '');
    if (lambda?.[1] !== undefined && lambda[2] !== undefined) tokens.push(lambda[1], lambda[2]);
    else tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
  }
  return tokens;
}

/** Parses a filter. Throws a GraphError with code BadRequest. */
export function parseFilter(text: string): Filter {
  const parser = new Parser(tokenize(text));
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): Filter {
    const filter = this.#or();
    if (this.#at < this.#tokens.length) throw invalid(`Syntax error near '${this.#peek()}'.`);
    return filter;
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw invalid('the filter ends too early.');
    this.#at += 1;
    return token;
  }

  #accept(word: string): boolean {
    if (this.#peek().toLowerCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw invalid(`'${token}' expected near '${this.#peek()}'.`);
  }

  #or(): Filter {
    const items = [this.#and()];
    while (this.#accept('or')) items.push(this.#and());
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'or', items };
  }

  #and(): Filter {
    const items = [this.#unary()];
    while (this.#accept('and')) items.push(this.#unary());
    const [only] = items;
    return items.length === 1 && only !== undefined ? only : { kind: 'and', items };
  }

  #unary(): Filter {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw invalid('the filter is nested too deeply.');
    const filter = this.#accept('not') ? ({ kind: 'not', item: this.#unary() } as const) : this.#primary();
    this.#depth -= 1;
    return filter;
  }

  #primary(): Filter {
    if (this.#accept('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    const call = CALLS.get(this.#peek().toLowerCase());
    if (call !== undefined && this.#tokens[this.#at + 1] === '(') return this.#call(call);
    const path = this.#path();
    if (path.at(-1) === 'any') return this.#any(path.slice(0, -1));
    if (this.#accept('in')) return { kind: 'in', path, values: this.#values() };
    const operator = this.#next().toLowerCase();
    if (!isComparison(operator)) throw invalid(`A binary operator expected near '${operator}'.`);
    return { kind: 'compare', operator, path, value: this.#literal() };
  }

  #call(name: 'startsWith' | 'endsWith' | 'contains'): Filter {
    this.#at += 1;
    this.#expect('(');
    const path = this.#path();
    this.#expect(',');
    const value = this.#literal();
    this.#expect(')');
    if (typeof value !== 'string') throw invalid(`${name} takes a text.`);
    if (this.#accept('eq')) this.#expect('true');
    return { kind: 'call', name, path, value };
  }

  #any(path: readonly string[]): Filter {
    this.#expect('(');
    if (this.#accept(')')) return { kind: 'any', path, variable: '', item: undefined };
    const variable = /^([A-Za-z_]\w*):$/.exec(this.#next())?.[1];
    if (variable === undefined) throw invalid('a lambda variable is missing.');
    const item = this.#or();
    this.#expect(')');
    return { kind: 'any', path, variable, item };
  }

  #path(): string[] {
    const path = [this.#name()];
    while (this.#accept('/')) path.push(this.#name());
    return path;
  }

  #name(): string {
    const token = this.#next();
    if (!/^\$?[A-Za-z_][\w.]*$/.test(token)) throw invalid(`A property name expected near '${token}'.`);
    return token;
  }

  #values(): Literal[] {
    this.#expect('(');
    const values = [this.#literal()];
    while (this.#accept(',')) values.push(this.#literal());
    this.#expect(')');
    return values;
  }

  #literal(): Literal {
    const token = this.#next();
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    const lower = token.toLowerCase();
    if (lower === 'true' || lower === 'false') return lower === 'true';
    if (lower === 'null') return null;
    if (/^-?\d+(\.\d+)?$/.test(token)) return Number(token);
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(token) || /^\d{4}-\d{2}-\d{2}(T[\d:.+-]+Z?)?$/.test(token))
      return token;
    throw invalid(`A constant expected near '${token}'.`);
  }
}

function isComparison(text: string): text is Comparison {
  return COMPARISONS.includes(text);
}

import { type ErrorCode, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import type { KeyPath } from './problem.ts';

/** A place in the text; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A fault of the YAML itself. `message` is our own sentence: the parser's may quote the text. */
export interface SyntaxProblem extends Position {
  readonly message: string;
}

/** The plain values of one YAML document, and where each of them stands in the text. */
export interface YamlDocument {
  /** Maps, lists, strings, numbers, booleans and nulls; undefined when the document is empty. */
  readonly value: unknown;
  readonly problems: readonly SyntaxProblem[];
  /** false when the structure could not be understood, so that `value` says nothing. */
  readonly understood: boolean;
  /** The place of a key or of its value; for a path that is not there, of its nearest ancestor. */
  locate(path: KeyPath, at: 'key' | 'value'): Position;
}

/** The longest configuration file that is read, in UTF-16 code units. */
export const configLengthMax = 1024 * 1024;
/** The deepest nesting that is read; the configuration itself needs 5. */
export const configDepthMax = 32;
const PROBLEMS_MAX = 20;

const SYNTAX: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'YAML aliases are not supported; write the value out',
  BAD_ALIAS: 'YAML aliases (*name) are not supported; put quotes around a text that begins with *',
  BAD_DIRECTIVE: 'YAML directives are not supported; remove the line, or put quotes around a text that begins with %',
  BAD_DQ_ESCAPE: 'a text in double quotes has an unknown \\ sequence; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'the indentation does not fit; indent the keys of one section by the same number of spaces',
  BAD_PROP_ORDER: 'YAML anchors and tags are not supported; remove the part that begins with & or !',
  BAD_SCALAR_START: 'a text must not begin with this character; put quotes around it',
  BLOCK_AS_IMPLICIT_KEY:
    'there are two keys on one line; begin a new line, or put quotes around a text that holds ": "',
  BLOCK_IN_FLOW: 'this form is not allowed inside { } or [ ]; write it on lines of its own',
  DUPLICATE_KEY: 'the key is there twice; remove one of them',
  IMPOSSIBLE: 'this part of the file is not YAML',
  KEY_OVER_1024_CHARS: 'a key is too long; a colon and a space are probably missing',
  MISSING_CHAR: 'a character is missing: a closing quote, bracket or brace, or the colon after a key',
  MULTILINE_IMPLICIT_KEY: 'a key is spread over several lines; write "key: value" with a space after the colon',
  MULTIPLE_ANCHORS: 'YAML anchors are not supported; remove the part that begins with &',
  MULTIPLE_DOCS: 'the file holds a second document; remove the line --- and what follows',
  MULTIPLE_TAGS: 'YAML tags are not supported; remove the part that begins with !',
  NON_STRING_KEY: 'a key must be a plain word',
  RESOURCE_EXHAUSTION: `the nesting is too deep; at most ${configDepthMax} levels are read`,
  TAB_AS_INDENT: 'there is a tab in the indentation; use spaces',
  TAG_RESOLVE_FAILED: 'YAML tags are not supported; remove the tag, or put quotes around a text that begins with !',
  UNEXPECTED_TOKEN: 'this is not expected here; look for a missing quote, colon or line break just before it',
  BAD_COLLECTION_TYPE: 'YAML tags are not supported; remove the part that begins with !',
};

interface Places {
  key: number;
  value: number;
}

/** Parses one YAML 1.2 document without anchors, aliases and tags, of bounded length and depth. Never throws. */
export function readYaml(text: string): YamlDocument {
  if (text.length > configLengthMax) return failure({ line: 1, column: 1, message: 'the file is longer than 1 MiB' });
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    // The counter answers line 0 for a text without any line.
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  let parsed: ReturnType<typeof parseDocument>;
  try {
    parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  } catch {
    return failure({ line: 1, column: 1, message: SYNTAX.IMPOSSIBLE });
  }
  const faults = [...parsed.errors, ...parsed.warnings].map((fault) => ({
    ...position(fault.pos[0]),
    code: fault.code,
    message: SYNTAX[fault.code],
  }));
  const reader = new PlainReader();
  const value = parsed.contents === null ? undefined : reader.read(parsed.contents, [], 0);
  for (const fault of reader.faults) faults.push({ ...position(fault.offset), ...fault });
  return {
    value,
    problems: firstOfEachLine(faults),
    understood: faults.every((fault) => fault.code === 'DUPLICATE_KEY'),
    locate: (path, at) => position(reader.offset(path, at)),
  };
}

function failure(problem: SyntaxProblem): YamlDocument {
  return { value: undefined, problems: [problem], understood: false, locate: () => problem };
}

/** One fault makes others on its line; only the first tells the reader something. */
function firstOfEachLine(faults: readonly SyntaxProblem[]): SyntaxProblem[] {
  const byLine = new Map<number, SyntaxProblem>();
  for (const { line, column, message } of faults) if (!byLine.has(line)) byLine.set(line, { line, column, message });
  return [...byLine.values()].toSorted((left, right) => left.line - right.line).slice(0, PROBLEMS_MAX);
}

/** Turns nodes into plain values and remembers where they stood. */
class PlainReader {
  readonly faults: { offset: number; code: ErrorCode; message: string }[] = [];
  readonly #places = new Map<string, Places>();

  read(node: Node, path: KeyPath, depth: number, keyOffset?: number): unknown {
    const offset = node.range?.[0] ?? 0;
    this.#places.set(placeKey(path), { key: keyOffset ?? offset, value: offset });
    if (depth > configDepthMax) return this.#refuse(offset, 'RESOURCE_EXHAUSTION');
    if ('anchor' in node && node.anchor !== undefined) return this.#refuse(offset, 'MULTIPLE_ANCHORS');
    if (isScalar(node)) return node.value;
    if (isMap<Node, Node | null>(node)) return this.#readMap(node.items, path, depth);
    if (isSeq<Node>(node)) return node.items.map((item, index) => this.read(item, [...path, index], depth + 1));
    return this.#refuse(offset, 'BAD_ALIAS');
  }

  offset(path: KeyPath, at: 'key' | 'value'): number {
    const place = this.#places.get(placeKey(path));
    if (place !== undefined) return place[at];
    // What is missing is missing from its section, whose key is the helpful place.
    return path.length === 0 ? 0 : this.offset(path.slice(0, -1), 'key');
  }

  #readMap(pairs: readonly Pair<Node, Node | null>[], path: KeyPath, depth: number): Record<string, unknown> {
    // No prototype, so that a key named __proto__ is a key like any other.
    const map: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const { key, value } of pairs) {
      if (!isScalar(key)) continue;
      const name = String(key.value);
      const keyOffset = key.range?.[0] ?? 0;
      if (value === null) {
        this.#places.set(placeKey([...path, name]), { key: keyOffset, value: keyOffset });
        map[name] = null;
      } else map[name] = this.read(value, [...path, name], depth + 1, keyOffset);
    }
    return map;
  }

  #refuse(offset: number, code: ErrorCode): undefined {
    this.faults.push({ offset, code, message: SYNTAX[code] });
    return undefined;
  }
}

function placeKey(path: KeyPath): string {
  return JSON.stringify(path);
}

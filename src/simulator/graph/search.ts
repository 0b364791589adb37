import type { GraphProperties } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import { badRequest, unsupportedQuery } from './graph-error.ts';
import { type PropertyCatalog, propertyName } from './property-catalog.ts';
import { propertyValue } from './render.ts';

/** A `$search`: clauses in disjunctive order; an inner list must match as a whole. */
export type Search = readonly (readonly { readonly property: string; readonly text: string }[])[];

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|(AND|OR))/y;

/** Parses `"displayName:wa" OR "mail:to"`. AND binds more strongly than OR. */
export function parseSearch(text: string, catalog: PropertyCatalog): Search {
  const alternatives: { property: string; text: string }[][] = [[]];
  TOKEN.lastIndex = 0;
  const trimmed = text.trimEnd();
  let expectClause = true;
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (match === null || (match[1] !== undefined) !== expectClause) throw syntaxError(text);
    if (match[1] !== undefined) alternatives.at(-1)?.push(clause(match[1], catalog));
    else if (match[2] === 'OR') alternatives.push([]);
    expectClause = !expectClause;
  }
  if (expectClause) throw syntaxError(text);
  return alternatives;
}

function syntaxError(text: string): Error {
  return badRequest(`Syntax error in the search expression '${text}'.`);
}

function clause(text: string, catalog: PropertyCatalog): { property: string; text: string } {
  const at = text.indexOf(':');
  const name = at === -1 ? undefined : propertyName(catalog, text.slice(0, at));
  if (name === undefined || !catalog.search.includes(name)) {
    throw unsupportedQuery(`Unsupported or invalid search clause '${text}'.`);
  }
  return {
    property: name,
    text: text
      .slice(at + 1)
      .replace(/\\(.)/g, '$1')
      .toLowerCase(),
  };
}

/** displayName and description match by the beginning of any word, every other property by its own beginning. */
export function searchMatches(search: Search, id: ObjectId, record: GraphProperties): boolean {
  return search.some((clauses) =>
    clauses.every(({ property, text }) => {
      const value = propertyValue(id, record, property);
      if (typeof value !== 'string') return false;
      const lower = value.toLowerCase();
      if (lower.startsWith(text)) return true;
      const tokenized = property === 'displayName' || property === 'description';
      return tokenized && lower.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(text));
    }),
  );
}

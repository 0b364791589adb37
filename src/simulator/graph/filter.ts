/** Which filters Graph accepts for directory objects, and what they match. */
import type { GraphProperties, GraphValue } from '../../identity/change.ts';
import type { ObjectId } from '../../identity/ids.ts';
import type { Comparison, Filter, Literal } from './filter-syntax.ts';
import { badRequest, unsupportedQuery } from './graph-error.ts';
import { type FilterOperator, type PropertyCatalog, filterSupport, propertyName } from './property-catalog.ts';
import { propertyValue } from './render.ts';

const CLAUSES_MAX = 15;
const ENDS_WITH: ReadonlySet<string> = new Set(['mail', 'otherMails', 'userPrincipalName', 'proxyAddresses']);

const OPERATOR_OF: Readonly<Record<Comparison, FilterOperator>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'ge',
  ge: 'ge',
  lt: 'le',
  le: 'le',
};

/** Throws the error that Graph would answer a filter with; `advanced` when the request is an advanced query. */
export function assertSupported(filter: Filter, catalog: PropertyCatalog, advanced: boolean): void {
  walk(filter, catalog, { advanced, negated: false });
}

interface Context {
  readonly advanced: boolean;
  readonly negated: boolean;
  /** The collection property that a lambda variable stands for. */
  readonly lambda?: { readonly variable: string; readonly property: string };
}

function walk(filter: Filter, catalog: PropertyCatalog, context: Context): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      if (filter.kind === 'or') assertClauses(filter.items.length);
      for (const item of filter.items) walk(item, catalog, context);
      return;
    case 'not':
      walk(filter.item, catalog, { ...context, negated: true });
      return;
    case 'any': {
      const property = resolve(filter.path, catalog, context);
      if (filter.item === undefined) require(catalog, property, 'ge', context);
      else walk(filter.item, catalog, { ...context, lambda: { variable: filter.variable, property } });
      return;
    }
    case 'in':
      assertClauses(filter.values.length);
      require(catalog, resolve(filter.path, catalog, context), 'in', context);
      return;
    case 'compare':
      walkComparison(filter, catalog, context);
      return;
    case 'call':
      walkCall(filter.name, resolve(filter.path, catalog, context), catalog, context);
  }
}

function walkComparison(
  filter: Extract<Filter, { kind: 'compare' }>,
  catalog: PropertyCatalog,
  context: Context,
): void {
  const property = resolve(filter.path, catalog, context);
  if (filter.path.at(-1) === '$count') {
    if (!context.advanced) throw needsAdvanced('$count');
    return;
  }
  require(catalog, property, filter.value === null ? 'null' : OPERATOR_OF[filter.operator], context);
}

function walkCall(
  name: 'startsWith' | 'endsWith' | 'contains',
  property: string,
  catalog: PropertyCatalog,
  context: Context,
): void {
  if (name === 'startsWith') {
    require(catalog, property, 'startsWith', context);
  } else if (name === 'contains' || !ENDS_WITH.has(property)) {
    throw unsupportedQuery(`Unsupported or invalid query filter clause specified for property '${property}'.`);
  } else if (!context.advanced) {
    throw needsAdvanced('endsWith');
  }
}

function require(catalog: PropertyCatalog, property: string, operator: FilterOperator, context: Context): void {
  const support = filterSupport(catalog, property, operator);
  if (support === 'none') throw unsupportedQuery('The request uses a filter property that is not indexed');
  if (context.advanced) return;
  if (context.negated) throw needsAdvanced('not');
  if (support === 'advanced') throw needsAdvanced(operator === 'null' ? 'eq' : operator);
}

function needsAdvanced(operator: string): Error {
  return unsupportedQuery(
    `Operator '${operator}' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information`,
  );
}

function assertClauses(count: number): void {
  if (count <= CLAUSES_MAX) return;
  throw unsupportedQuery(
    `Too many child clauses specified in search filter expression containing 'OR' operators: ${count}. Max allowed: ${CLAUSES_MAX}.`,
  );
}

function resolve(path: readonly string[], catalog: PropertyCatalog, context: Context): string {
  const [first = ''] = path;
  if (context.lambda !== undefined && first === context.lambda.variable) return context.lambda.property;
  const name = propertyName(catalog, first);
  if (name === undefined)
    throw badRequest(`Could not find a property named '${first}' on type 'microsoft.graph.${catalog.typeName}'.`);
  return name;
}

/** Decides whether a supported filter matches an object. Texts compare without regard to letter case, as in Entra. */
export function matches(filter: Filter, catalog: PropertyCatalog, id: ObjectId, record: GraphProperties): boolean {
  return evaluate(filter, (path) => {
    const name = propertyName(catalog, path[0] ?? '') ?? '';
    return descend(propertyValue(id, record, name), path.slice(1));
  });
}

type Lookup = (path: readonly string[]) => GraphValue | undefined;

function descend(value: GraphValue | undefined, path: readonly string[]): GraphValue | undefined {
  let current = value;
  for (const name of path) {
    if (name === '$count') return Array.isArray(current) ? current.length : 0;
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return undefined;
    const key = Object.keys(current).find((each) => each.toLowerCase() === name.toLowerCase());
    current = key === undefined ? undefined : Reflect.get(current, key);
  }
  return current;
}

function evaluate(filter: Filter, lookup: Lookup): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.items.every((item) => evaluate(item, lookup));
    case 'or':
      return filter.items.some((item) => evaluate(item, lookup));
    case 'not':
      return !evaluate(filter.item, lookup);
    case 'compare':
      return compare(filter.operator, lookup(filter.path) ?? null, filter.value);
    case 'in': {
      const value = lookup(filter.path) ?? null;
      return filter.values.some((each) => compare('eq', value, each));
    }
    case 'call':
      return callMatches(filter.name, lookup(filter.path), filter.value);
    case 'any': {
      const values = lookup(filter.path);
      if (!Array.isArray(values)) return false;
      const { item, variable } = filter;
      if (item === undefined) return values.length > 0;
      return values.some((value: GraphValue) =>
        evaluate(item, (path) => (path[0] === variable ? descend(value, path.slice(1)) : lookup(path))),
      );
    }
  }
}

function callMatches(
  name: 'startsWith' | 'endsWith' | 'contains',
  value: GraphValue | undefined,
  text: string,
): boolean {
  if (typeof value !== 'string') return false;
  const [left, right] = [value.toLowerCase(), text.toLowerCase()];
  return name === 'startsWith'
    ? left.startsWith(right)
    : name === 'endsWith'
      ? left.endsWith(right)
      : left.includes(right);
}

function compare(operator: Comparison, value: GraphValue, literal: Literal): boolean {
  const left = typeof value === 'string' ? value.toLowerCase() : value;
  const right = typeof literal === 'string' ? literal.toLowerCase() : literal;
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  const ordered =
    (typeof left === 'string' && typeof right === 'string') || (typeof left === 'number' && typeof right === 'number');
  if (!ordered || left === null || right === null) return false;
  if (operator === 'ge') return left >= right;
  if (operator === 'gt') return left > right;
  return operator === 'le' ? left <= right : left < right;
}

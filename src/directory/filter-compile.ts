import { resolveDescription } from './attribute-description.ts';
import { expandNameResolution } from './filter-active-directory.ts';
import { extensibleNode } from './filter-extensible.ts';
import { equalityNode, notNode, orderingNode, presenceNode, substringsNode } from './filter-items.ts';
import { andNode, costOf, falseNode, orNode, trueNode, undefinedNode } from './filter-node.ts';
import type { FilterContext, FilterNode } from './filter-node.ts';
import type { Filter } from './filter.ts';
import { SearchLimitError } from './search-limit-error.ts';

/** How deep a filter is that `anr` stands for. */
const expandedDepth = 2;

type ItemFilter = Exclude<Filter, { kind: 'and' | 'or' | 'not' }>;

function compileItem(filter: ItemFilter, context: FilterContext): FilterNode {
  if (filter.kind === 'extensible' && filter.attribute === undefined) return extensibleNode(context, filter, undefined);
  const description = resolveDescription(context.schema, filter.attribute ?? '');
  if (description === undefined) return undefinedNode;
  if (description.hasOptions) return falseNode;
  const { type } = description;
  if (type.key === 'anr' && context.presentation?.activeDirectory !== undefined) return resolutionNode(filter, context);
  switch (filter.kind) {
    case 'equality':
    // An approximate match finds at least what equality finds (RFC 4511 §4.5.1.7.6).
    case 'approximate':
      return equalityNode(context, type, filter.value);
    case 'greaterOrEqual':
      return orderingNode(context, type, filter.value, (comparison) => comparison >= 0);
    case 'lessOrEqual':
      return orderingNode(context, type, filter.value, (comparison) => comparison <= 0);
    case 'present':
      return presenceNode(context, type);
    case 'substrings':
      return substringsNode(context, type, filter);
    case 'extensible':
      return extensibleNode(context, filter, type);
  }
}

/** `(anr=…)` by the rules of Active Directory; no entry has a value of it. */
function resolutionNode(filter: ItemFilter, context: FilterContext): FilterNode {
  const expanded = expandNameResolution(filter);
  return (expanded && compileFilter(expanded, context, expandedDepth)) ?? undefinedNode;
}

/**
 * The items that may be asked of an entry. An item of the filter is one for each attribute type that it stands for: a matching
 * rule without a type stands for all types that it can be applied to.
 */
export const filterCostMax = 32_768;

/**
 * Compiles a filter for one request. An attribute, rule or value that we do not know makes its item Undefined, and Undefined
 * never selects an entry, not even under `not` (RFC 4511 §4.5.1.7). Undefined when it is nested deeper than `depthMax`.
 * Throws {@link SearchLimitError} beyond {@link filterCostMax}.
 */
export function compileFilter(filter: Filter, context: FilterContext, depthMax: number): FilterNode | undefined {
  if (depthMax < 0) return undefined;
  switch (filter.kind) {
    case 'not': {
      const part = compileFilter(filter.filter, context, depthMax - 1);
      return part === undefined ? undefined : notNode(part);
    }
    case 'and':
    case 'or': {
      const parts: FilterNode[] = [];
      let cost = 0;
      for (const each of filter.filters) {
        const part = compileFilter(each, context, depthMax - 1);
        if (part === undefined) return undefined;
        cost += costOf(part);
        if (cost > filterCostMax) throw new SearchLimitError('the filter asks for too many attributes');
        parts.push(part);
      }
      if (parts.length === 0) return filter.kind === 'and' ? trueNode : falseNode;
      return filter.kind === 'and' ? andNode(parts) : orNode(parts);
    }
    default:
      return compileItem(filter, context);
  }
}

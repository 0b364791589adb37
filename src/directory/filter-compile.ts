import { resolveDescription } from './attribute-description.ts';
import { expandNameResolution } from './filter-active-directory.ts';
import { extensibleNode } from './filter-extensible.ts';
import { equalityNode, notNode, orderingNode, presenceNode, substringsNode } from './filter-items.ts';
import { andNode, falseNode, orNode, trueNode, undefinedNode } from './filter-node.ts';
import type { FilterContext, FilterNode } from './filter-node.ts';
import type { Filter } from './filter.ts';

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
 * Compiles a filter for one request. An attribute, rule or value that we do not know makes its item Undefined, and Undefined
 * never selects an entry, not even under `not` (RFC 4511 §4.5.1.7). Undefined when it is nested deeper than `depthMax`.
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
      for (const each of filter.filters) {
        const part = compileFilter(each, context, depthMax - 1);
        if (part === undefined) return undefined;
        parts.push(part);
      }
      if (parts.length === 0) return filter.kind === 'and' ? trueNode : falseNode;
      return filter.kind === 'and' ? andNode(parts) : orNode(parts);
    }
    default:
      return compileItem(filter, context);
  }
}

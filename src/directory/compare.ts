import { resolveDescription } from './attribute-description.ts';
import type { EntryView } from './entry-view.ts';
import { equalityNode } from './filter-items.ts';
import type { FilterContext } from './filter-node.ts';
import { ldapResult, ResultCode } from './result.ts';
import type { LdapResult } from './result.ts';
import { Truth } from './truth.ts';

/** Compares one assertion with an entry (RFC 4511 §4.10). */
export function compareEntry(entry: EntryView, context: FilterContext, attribute: string, value: Buffer): LdapResult {
  const description = resolveDescription(context.schema, attribute);
  if (description === undefined) {
    return ldapResult(ResultCode.undefinedAttributeType, 'the schema has no such attribute');
  }
  const { type, hasOptions } = description;
  if (type.equality === undefined) return ldapResult(ResultCode.inappropriateMatching);
  if (hasOptions || !context.schema.subtypes(type).some((subtype) => entry.has(subtype))) {
    return ldapResult(ResultCode.noSuchAttribute);
  }
  switch (equalityNode(context, type, value).test(entry)) {
    case Truth.True:
      return ldapResult(ResultCode.compareTrue);
    case Truth.False:
      return ldapResult(ResultCode.compareFalse);
    case Truth.Undefined:
      return ldapResult(ResultCode.invalidAttributeSyntax, 'the value does not have the syntax of the attribute');
  }
}

import assert from 'node:assert/strict';

import { compileFilter, filterCostMax } from '../../../src/directory/filter-compile.ts';
import { costOf, type FilterContext } from '../../../src/directory/filter-node.ts';
import type { Filter } from '../../../src/directory/filter.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import { SearchLimitError } from '../../../src/directory/search-limit-error.ts';
import type { SearchBatch } from '../../../src/directory/search-types.ts';
import { directoryOver, service } from '../../support/directory-client.ts';
import { memoryDirectory } from '../../support/memory-directory.ts';
import { sampleBase, sampleEntries } from '../../support/sample-directory.ts';

const context: FilterContext = { schema: standardSchema, reader: memoryDirectory(sampleEntries).reader };

const present: Filter = { kind: 'present', attribute: 'sn' };
const or = (...filters: readonly Filter[]): Filter => ({ kind: 'or', filters });

function ruleOnly(value: string, dnAttributes = false): Filter {
  return { kind: 'extensible', rule: 'caseIgnoreMatch', attribute: undefined, value: Buffer.from(value), dnAttributes };
}

function cost(filter: Filter): number {
  const node = compileFilter(filter, context, 100);
  assert.ok(node !== undefined);
  return costOf(node);
}

describe('what a filter costs an entry (P8)', () => {
  it('is one for each item, whatever stands around them', () => {
    assert.equal(cost(present), 1);
    assert.equal(cost({ kind: 'and', filters: [present, { kind: 'not', filter: or(present, present) }] }), 3);
  });

  it('is one for each attribute that a rule without type can be applied to', () => {
    const types = standardSchema.attributes.filter((type) => type.equality?.name === 'caseIgnoreMatch').length;
    assert.ok(cost(ruleOnly('x')) >= types);
    assert.equal(cost(ruleOnly('x', true)), cost(ruleOnly('x')) + 1);
  });

  it('may be filterCostMax, and not one more', () => {
    const each = cost(ruleOnly('x'));
    const rules = Math.floor(filterCostMax / each);
    const rest = filterCostMax - rules * each;
    const filters = [
      ...Array.from({ length: rules }, () => ruleOnly('x')),
      ...Array.from({ length: rest }, () => present),
    ];
    assert.equal(cost(or(...filters)), filterCostMax);
    assert.throws(() => cost(or(...filters, present)), SearchLimitError);
  });

  it('does not multiply the preparation of a long value by the number of attributes', () => {
    // Prepared a hundred times over it would take minutes.
    const value = 'é'.repeat(1_000_000);
    assert.ok(cost(ruleOnly(value)) > 10);
    assert.ok(cost({ kind: 'equality', attribute: 'name', value: Buffer.from(value) }) > 5);
  });

  it('makes the reads of a search as much shorter', async () => {
    const limits = { examinedPerReadMax: 64, scanBatch: 2 };
    const reads = async (filter: Filter): Promise<number> => {
      const outcome = directoryOver(memoryDirectory(sampleEntries), limits).search(
        { baseDn: sampleBase, scope: 'subtree', filter, attributes: ['1.1'], typesOnly: true, after: undefined },
        service,
      );
      assert.equal(outcome.kind, 'cursor');
      if (outcome.kind !== 'cursor') return 0;
      let count = 0;
      for (let batch: SearchBatch = { entries: [], done: false }; !batch.done; count++)
        batch = await outcome.cursor.read(64);
      outcome.cursor[Symbol.dispose]();
      return count;
    };
    const nothing: Filter = { kind: 'equality', attribute: 'description', value: Buffer.from('nothing') };
    const notThis: Filter = { kind: 'and', filters: [nothing] };
    const costly = or(...Array.from({ length: 2048 }, () => ({ kind: 'and', filters: [nothing, present] }) as const));
    assert.ok((await reads(notThis)) <= 2);
    assert.ok((await reads(costly)) >= sampleEntries.length);
  });
});

import assert from 'node:assert/strict';
import { ServedSchema } from '../../../src/daemon/served-schema.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { AddedAttribute, PublicationFacts } from '../../../src/identity/view.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { AttributeSettings } from '../../../src/projection/source-setting.ts';
import { openSettings } from '../../support/sync-bench.ts';

function settingsWith(attributes: AttributeSettings): ProjectionSettings {
  return { ...openSettings, users: { ...openSettings.users, attributes } };
}

/** What a directory says of itself that was made with these attributes. */
function factsWith(...names: readonly string[]): PublicationFacts {
  const addedAttributes = names.map(
    (name): AddedAttribute => ({ name, kind: 'text', multiValued: false, of: 'users' }),
  );
  const counts = { users: 0, groups: 0, services: 0, objectClasses: {} };
  return { publication: 1, publishedAtMs: 0, fingerprint: '', ...counts, addedAttributes };
}

/** A view that a test publishes in. */
function viewOf(facts?: PublicationFacts): { facts: PublicationFacts | undefined } {
  return { facts };
}

function has(schema: ServedSchema, ...names: readonly string[]): readonly boolean[] {
  return names.map((name) => schema.current.attribute(name) !== undefined);
}

describe('the schema that is served', () => {
  it('is the standard one where nothing is added', () => {
    assert.equal(new ServedSchema(openSettings, viewOf()).current, standardSchema);
  });

  it('has what the settings add and what the published directory was made with (P7)', () => {
    const schema = new ServedSchema(settingsWith({ now: 'jobTitle' }), viewOf(factsWith('before')));
    assert.deepEqual(has(schema, 'before', 'now', 'after'), [true, true, false]);
  });

  it('goes on having what the settings add no longer, for searches may still read it', () => {
    const schema = new ServedSchema(settingsWith({ first: 'jobTitle' }), viewOf());
    schema.use(settingsWith({ second: 'jobTitle' }));
    assert.deepEqual(has(schema, 'first', 'second'), [true, true]);
  });

  it('has what comes back with an earlier publication', () => {
    const view = viewOf();
    const schema = new ServedSchema(openSettings, view);
    view.facts = factsWith('earlier');
    assert.equal(schema.followPublished(), schema.current);
    assert.deepEqual(has(schema, 'earlier'), [true]);
  });

  it('is the same object as long as it says the same', () => {
    const view = viewOf();
    const schema = new ServedSchema(settingsWith({ now: 'jobTitle' }), view);
    const before = schema.current;
    view.facts = factsWith('NOW');
    schema.use(settingsWith({ now: 'department' }));
    assert.equal(schema.followPublished(), before);
    assert.equal(schema.current, before);
  });
});

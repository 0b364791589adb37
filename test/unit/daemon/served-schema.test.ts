import assert from 'node:assert/strict';
import { ServedSchema } from '../../../src/daemon/served-schema.ts';
import { standardSchema } from '../../../src/directory/schema.ts';
import type { AddedAttribute, PublicationFacts, View } from '../../../src/identity/view.ts';
import type { ProjectionSettings } from '../../../src/projection/settings.ts';
import type { AttributeSettings } from '../../../src/projection/source-setting.ts';
import { openSettings } from '../../support/sync-bench.ts';

function settingsWith(attributes: AttributeSettings): ProjectionSettings {
  return { ...openSettings, users: { ...openSettings.users, attributes } };
}

/** A view of which nothing but its facts is asked. */
class Published implements View {
  facts: PublicationFacts | undefined;
  readonly publishUnfinished = false;

  publish(...names: readonly string[]): void {
    const addedAttributes = names.map((name): AddedAttribute => ({ name, kind: 'text', multiValued: false, of: 'users' }));
    const counts = { users: 0, groups: 0, services: 0, objectClasses: {} };
    this.facts = { publication: 1, publishedAtMs: 0, fingerprint: '', ...counts, addedAttributes };
  }

  openWriter(): never {
    throw new Error('not written');
  }

  openStored(): never {
    throw new Error('not read');
  }
}

function has(schema: ServedSchema, ...names: readonly string[]): readonly boolean[] {
  return names.map((name) => schema.current.attribute(name) !== undefined);
}

describe('the schema that is served', () => {
  it('is the standard one where nothing is added', () => {
    assert.equal(new ServedSchema(openSettings, { view: new Published() }).current, standardSchema);
  });

  it('has what the settings add and what the published directory was made with (P7)', () => {
    const view = new Published();
    view.publish('before');
    const schema = new ServedSchema(settingsWith({ now: 'jobTitle' }), { view });
    assert.deepEqual(has(schema, 'before', 'now', 'after'), [true, true, false]);
  });

  it('goes on having what the settings add no longer, for searches may still read it', () => {
    const schema = new ServedSchema(settingsWith({ first: 'jobTitle' }), { view: new Published() });
    schema.use(settingsWith({ second: 'jobTitle' }));
    assert.deepEqual(has(schema, 'first', 'second'), [true, true]);
  });

  it('has what comes back with an earlier publication', () => {
    const view = new Published();
    const schema = new ServedSchema(openSettings, { view });
    view.publish('earlier');
    assert.equal(schema.followPublished(), schema.current);
    assert.deepEqual(has(schema, 'earlier'), [true]);
  });

  it('is the same object as long as it says the same', () => {
    const view = new Published();
    const schema = new ServedSchema(settingsWith({ now: 'jobTitle' }), { view });
    const before = schema.current;
    view.publish('NOW');
    schema.use(settingsWith({ now: 'department' }));
    assert.equal(schema.followPublished(), before);
    assert.equal(schema.current, before);
  });
});

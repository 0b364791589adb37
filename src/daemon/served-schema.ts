import type { Schema } from '../directory/schema.ts';
import type { AddedAttribute } from '../identity/view.ts';
import { mergedAdditions, schemaAdditions, schemaWith } from '../projection/schema-additions.ts';
import type { ProjectionSettings } from '../projection/settings.ts';
import type { Store } from '../store/store.ts';

/**
 * The schema that is served: the standard one with what the settings add and have added since the start. What a setting no
 * longer adds may still be in entries that are published, or that a search reads from an earlier publication; whoever may not
 * read it must go on not reading it (P7).
 */
export class ServedSchema {
  #additions: readonly AddedAttribute[];
  #schema: Schema;

  constructor(settings: ProjectionSettings, { view }: Pick<Store, 'view'>) {
    this.#additions = mergedAdditions(schemaAdditions(settings), view.facts?.addedAttributes ?? []);
    this.#schema = schemaWith(this.#additions);
  }

  get current(): Schema {
    return this.#schema;
  }

  /** Takes over other settings. */
  use(settings: ProjectionSettings): void {
    const additions = mergedAdditions(schemaAdditions(settings), this.#additions);
    // The same schema stays the same object, so that nothing that was made of it has to be made again.
    if (JSON.stringify(additions) === JSON.stringify(this.#additions)) return;
    this.#additions = additions;
    this.#schema = schemaWith(additions);
  }
}

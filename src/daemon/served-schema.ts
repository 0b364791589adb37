import type { Schema } from '../directory/schema.ts';
import type { AddedAttribute, View } from '../identity/view.ts';
import { type MappingSettings, mergedAdditions, schemaAdditions, schemaWith } from '../projection/schema-additions.ts';

/**
 * The schema that is served: the standard one with what the settings add and what published directories were made with, since
 * the start. It never loses an attribute: one that no setting adds any more may still be in entries that are published, come back
 * with an earlier publication, or be read by a search that began before; whoever may not read it must go on not reading it (P7).
 */
export class ServedSchema {
  readonly #view: Pick<View, 'facts'>;
  #additions: readonly AddedAttribute[];
  #schema: Schema;

  constructor(settings: MappingSettings, view: Pick<View, 'facts'>) {
    this.#view = view;
    this.#additions = mergedAdditions(schemaAdditions(settings), view.facts?.addedAttributes ?? []);
    this.#schema = schemaWith(this.#additions);
  }

  get current(): Schema {
    return this.#schema;
  }

  /** Takes over other settings. */
  use(settings: MappingSettings): void {
    this.#become(mergedAdditions(schemaAdditions(settings), this.#additions));
  }

  /** Takes note of what the published directory was made with, and returns the schema that has it. */
  followPublished(): Schema {
    this.#become(mergedAdditions(this.#additions, this.#view.facts?.addedAttributes ?? []));
    return this.#schema;
  }

  #become(additions: readonly AddedAttribute[]): void {
    // The same schema stays the same object, so that nothing that was made of it has to be made again.
    if (JSON.stringify(additions) === JSON.stringify(this.#additions)) return;
    this.#additions = additions;
    this.#schema = schemaWith(additions);
  }
}

import { Access } from '../directory/access.ts';
import type { Additions } from '../directory/augmented-reader.ts';
import { createDirectory } from '../directory/directory.ts';
import type { Directory } from '../directory/directory-port.ts';
import { followSchema } from '../directory/following-directory.ts';
import type { BoundIdentity } from '../directory/identity.ts';
import { defaultDirectoryLimits } from '../directory/limits.ts';
import type { PublishedSource } from '../directory/reader.ts';
import type { Schema } from '../directory/schema.ts';
import type { View } from '../identity/view.ts';
import { supportedControls, supportedExtensions } from '../ldap/features.ts';
import { presentationsOf } from './presentations.ts';
import { ServedSchema } from './served-schema.ts';
import type { ServedSettings } from './served-settings.ts';

/** What {@link ServedDirectory} shows, and how. */
export interface ServedDirectoryOptions {
  readonly source: PublishedSource;
  /** The facts of what the source shows. */
  readonly view: Pick<View, 'facts'>;
  readonly settings: ServedSettings;
  /** Shown as the vendor's version. */
  readonly version: string;
  readonly startTls: boolean;
  /** What an identity is shown beside what is published, by these settings. */
  readonly additions: (settings: ServedSettings) => (who: BoundIdentity) => Additions | undefined;
  /** Among so many threads what searches may hold in memory altogether is divided. */
  readonly threads: number;
}

/** The directory as LDAP shows it, by settings that may change. */
export class ServedDirectory implements Disposable {
  readonly access: Access;
  readonly #options: ServedDirectoryOptions;
  readonly #schema: ServedSchema;
  readonly #following: Disposable;
  #presentationOf: ReturnType<typeof presentationsOf>;
  #additionsFor: (who: BoundIdentity) => Additions | undefined;

  constructor(options: ServedDirectoryOptions) {
    const { settings, source, view } = options;
    this.#options = options;
    this.#schema = new ServedSchema(settings.projection, view);
    this.access = new Access(settings.access, this.#schema.current);
    this.#presentationOf = presentationsOf(settings);
    this.#additionsFor = options.additions(settings);
    this.#following = source.onPublished(() => this.access.useSchema(this.#schema.followPublished()));
  }

  /** The directory with a root DSE that lists these SASL mechanisms. */
  offering(mechanisms: readonly string[]): Directory {
    return followSchema(
      () => this.#currentSchema(),
      (schema) => this.#directoryBy(schema, mechanisms),
    );
  }

  /** Takes over other settings. */
  use(settings: ServedSettings): void {
    this.#schema.use(settings.projection);
    this.access.useSchema(this.#schema.current);
    this.access.use(settings.access);
    this.#presentationOf = presentationsOf(settings);
    this.#additionsFor = this.#options.additions(settings);
  }

  [Symbol.dispose](): void {
    this.#following[Symbol.dispose]();
  }

  /** Asking for the facts makes a source that is behind go over to what is published, which may have added to the schema. */
  #currentSchema(): Schema {
    void this.#options.view.facts;
    return this.#schema.current;
  }

  #directoryBy(schema: Schema, supportedSaslMechanisms: readonly string[]): Directory {
    const { source, settings, version, startTls, threads } = this.#options;
    const { sortEntriesTotalMax } = defaultDirectoryLimits;
    return createDirectory({
      source,
      schema,
      baseDn: settings.directory.baseDn,
      access: this.access,
      presentationOf: (who) => this.#presentationOf(who),
      additionsFor: (who) => this.#additionsFor(who),
      limits: {
        ...defaultDirectoryLimits,
        sortEntriesTotalMax: Math.ceil(sortEntriesTotalMax / threads),
        examinedMax: settings.ldap.lookthroughLimit,
      },
      rootDse: {
        vendorName: 'entra-ldapd',
        vendorVersion: version,
        supportedControls,
        supportedExtensions: supportedExtensions({ startTls }),
        supportedFeatures: [],
        supportedSaslMechanisms,
      },
    });
  }
}

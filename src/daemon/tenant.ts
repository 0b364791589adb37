import type { Config } from '../config/config.ts';
import type { Graph } from '../graph/graph.ts';
import { SourceError } from '../identity/source-error.ts';
import type { TenantFacts } from '../identity/tenant-facts.ts';
import { tenantFactsKept } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { ProjectionSettings } from '../projection/settings.ts';
import type { Store } from '../store/store.ts';

/** What {@link TenantKnowledge} works with. */
export interface TenantKnowledgeOptions {
  readonly graph: Pick<Graph, 'tenantFacts'>;
  readonly store: Pick<Store, 'tenant'>;
  readonly log: Log;
}

/** What the tenant says about itself: asked for with every full reading, and kept when it cannot be had. */
export class TenantKnowledge {
  readonly #options: TenantKnowledgeOptions;
  #problem: string | null = null;
  #isAsked = false;

  constructor(options: TenantKnowledgeOptions) {
    this.#options = options;
  }

  /** As it was read last; undefined before the first time. */
  get facts(): TenantFacts | undefined {
    return this.#options.store.tenant.load();
  }

  /** Why the last attempt to read it failed; null when it did not. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Asks now. What was known stays when that fails. Throws {@link SourceError}. */
  async refresh(signal: AbortSignal): Promise<TenantFacts> {
    const { graph, store } = this.#options;
    this.#isAsked = true;
    try {
      const facts = await graph.tenantFacts(signal);
      await store.tenant.save(facts);
      this.#problem = null;
      return facts;
    } catch (error) {
      if (error instanceof SourceError && error.code !== 'aborted') this.#problem = error.message;
      throw error;
    }
  }

  /** As {@link TenantKnowledge.refresh}; true when the domains are others than before, and false when they cannot be read. */
  async tryRefresh(signal: AbortSignal): Promise<boolean> {
    const before = domainsOf(this.facts).join();
    try {
      return domainsOf(await this.refresh(signal)).join() !== before;
    } catch (error) {
      if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
      return false;
    }
  }

  /**
   * Asks before a round that reads `everything`, and before the first. Throws {@link SourceError} only when nothing is known
   * and the configuration cannot be followed without. True when the domains are others than before.
   */
  async prepare(everything: boolean, config: Config, signal: AbortSignal): Promise<boolean> {
    const before = this.facts;
    const isNeeded = config.verifiedDomainsOnly && before === undefined;
    if (!everything && !isNeeded && (before !== undefined || this.#isAsked)) return false;
    const told = this.#problem;
    try {
      return domainsOf(await this.refresh(signal)).join() !== domainsOf(before).join();
    } catch (error) {
      if (!(error instanceof SourceError) || error.code === 'aborted') throw error;
      if (isNeeded)
        throw new SourceError(error.code, `${unknownDomains} ${error.message}`, error.details, { cause: error });
      if (error.message !== told) tenantFactsKept(this.#options.log, error.message, config.verifiedDomainsOnly);
      return false;
    }
  }
}

/** What users.domains: verified cannot do without; a sentence for the administrator. */
const unknownDomains = 'users.domains is verified, and the verified domains of the tenant are not known.';

/** What of the configuration the tenant itself decides, decided. */
export interface ResolvedProjection {
  readonly projection: ProjectionSettings;
  /** Why it cannot be followed yet, so that nothing may be published by it. */
  readonly notReady: string | undefined;
}

/** Puts the verified domains of the tenant in the place of what stands for them. */
export function resolveProjection(
  { projection, verifiedDomainsOnly }: Config,
  { tenant }: Pick<Store, 'tenant'>,
): ResolvedProjection {
  if (!verifiedDomainsOnly) return { projection, notReady: undefined };
  const facts = tenant.load();
  const notReady = facts === undefined ? `${unknownDomains} Try: entra-ldapd domains refresh` : undefined;
  return { projection: { ...projection, users: { ...projection.users, domains: domainsOf(facts) } }, notReady };
}

function domainsOf(facts: TenantFacts | undefined): readonly string[] {
  return (facts?.domains ?? []).map(({ name }) => name).toSorted();
}

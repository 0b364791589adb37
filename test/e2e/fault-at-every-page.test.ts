import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { RoundSummary } from '../../src/identity/round.ts';
import { type FaultRequest, faultSchema } from '../../src/simulator/control/faults.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { parseTenant } from '../../src/simulator/tenant-file.ts';
import { ComposedDaemon, type Sections, type Surroundings } from '../support/composed-daemon.ts';
import { sampleBase } from '../support/sample-directory.ts';
import { type ReferenceDirectory, ReferenceLedger, referenceDirectory } from '../support/reference-directory.ts';
import { usualSettings } from '../support/reference-settings.ts';
import { assertServes, type ServedView, servedView } from '../support/served-view.ts';
import { SimulatedTime } from '../support/simulated-time.ts';
import { loopbackCertificates } from '../support/simulator-client.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const pageSize = 4;
const memberSliceSize = 5;
const startMs = Date.UTC(2026, 10, 16, 8);

/** Eight people, and groups that need several pages: `Everybody` holds a ring of two groups. */
const tenantText = JSON.stringify({
  tenant: { id: '5d8f9f6e-91c2-4b0e-8a53-3f6f3b1a7c13', domains: ['example.com', 'example.org'] },
  users: Array.from({ length: 8 }, (_, number) => ({
    userPrincipalName: `${number < 4 ? `p${number}` : `p${number - 4}`}@example.${number < 4 ? 'com' : 'org'}`,
    displayName: `Person ${number}`,
    createdDateTime: `2020-01-0${(number % 9) + 1}T00:00:00Z`,
    accountEnabled: number !== 3,
  })),
  groups: [
    {
      displayName: 'Everybody',
      members: ['Ring A', ...Array.from({ length: 7 }, (_, n) => `p${n % 4}@example.${n < 4 ? 'com' : 'org'}`)],
    },
    { displayName: 'Ring A', members: ['Ring B', 'p0@example.com'] },
    { displayName: 'Ring B', members: ['Ring A', 'p3@example.org'] },
    { displayName: 'Team', groupTypes: ['Unified'], members: ['p1@example.com', 'p2@example.com'] },
  ],
});

type Kind = FaultRequest['kind'];
/** The faults of the simulator, so that a new one is tried as soon as there is one. */
const kinds: readonly Kind[] = faultSchema.shape.kind.options;

/** How a collection is read when the fault happens. */
const modes = ['initial', 'incremental', 'full'] as const;
type Mode = (typeof modes)[number];

/** How a tenant is read. */
interface Way {
  readonly name: string;
  readonly sections: Sections;
  /** The modes that make other requests than the others. */
  readonly modes: readonly Mode[];
  /** Requests that another way makes too, and that are tried there. */
  readonly triedElsewhere: readonly string[];
}

const ways: readonly Way[] = [
  { name: 'delta queries', sections: {}, modes, triedElsewhere: [] },
  {
    name: 'delta queries and lists of who is in scope',
    sections: { users: { filter: "displayName ne 'Nobody'" }, groups: { filter: "displayName ne 'Nothing'" } },
    modes: ['initial', 'incremental'],
    triedElsewhere: ['token', 'usersDelta', 'groupsDelta'],
  },
  {
    name: 'lists',
    sections: { sync: { mode: 'list' } },
    modes: ['initial', 'incremental'],
    triedElsewhere: ['token'],
  },
];

describe('every fault at every page of a round', function () {
  this.timeout(240_000);
  let certificates: Awaited<ReturnType<typeof loopbackCertificates>>;
  let folders = 0;
  const root = temporaryFolder();

  before(async () => {
    certificates = await loopbackCertificates();
  });
  after(() => root[Symbol.dispose]());

  for (const way of ways) {
    for (const mode of way.modes) {
      for (const kind of kinds) {
        if (isPageFault(kind) && way.triedElsewhere.length > 0) continue;
        it(`removes nobody, empties no group and serves the old directory meanwhile: ${kind}, ${mode}, ${way.name} (P1, P2, PAIN-05)`, async () => {
          await using trial = await Trial.begin(certificates, () => join(root.path, String(++folders)), way, mode);
          for (const request of await trial.requests()) {
            const fault = { kind, match: { kind: request } };
            if (isPageFault(kind) && !request.endsWith('Delta')) continue;
            assert.ok(await trial.survives({ ...fault, count: 1000 }), `${request} meets a fault that lasts`);
            // A page further each time, until there is no such page any more.
            let page = 0;
            while (await trial.survives({ ...fault, after: page })) page++;
            assert.ok(page > 0, `${request} meets a fault that passes`);
          }
        });
      }
    }
  }
});

/** A tenant, and a daemon on it that meets one fault after the other. */
class Trial implements AsyncDisposable {
  readonly #simulator: Simulator;
  readonly #ca: string;
  readonly #newFolder: () => string;
  readonly #way: Way;
  readonly #mode: Mode;
  readonly #time: SimulatedTime;
  #daemon: ComposedDaemon | undefined;
  #changes = 0;

  private constructor(
    simulator: Simulator,
    ca: string,
    time: SimulatedTime,
    newFolder: () => string,
    way: Way,
    mode: Mode,
  ) {
    this.#simulator = simulator;
    this.#ca = ca;
    this.#time = time;
    this.#newFolder = newFolder;
    this.#way = way;
    this.#mode = mode;
  }

  static async begin(
    { ca, server }: Awaited<ReturnType<typeof loopbackCertificates>>,
    newFolder: () => string,
    way: Way,
    mode: Mode,
  ): Promise<Trial> {
    const time = new SimulatedTime(startMs);
    const tenant = parseTenant(tenantText, 'faults');
    const clock = time.server;
    const simulator = await startSimulator({ tenant, certificate: server, pageSize, memberSliceSize, clock });
    return new Trial(simulator, ca.certPem, time, newFolder, way, mode);
  }

  /** The kinds of requests that a round makes and that are to fail, by the simulator's names for them. */
  async requests(): Promise<readonly string[]> {
    const { control } = this.#simulator;
    const daemon = await this.#prepared();
    control.expireAccessTokens();
    control.resetStatistics();
    await daemon.round(this.#mode === 'full');
    if (this.#mode === 'initial') await this.#close();
    const { requests } = control.statistics();
    return Object.keys(requests).filter((kind) => kind !== 'discovery' && !this.#way.triedElsewhere.includes(kind));
  }

  /** Meets a fault, until it is mended; false when no request comes that late in a round. */
  async survives(fault: FaultRequest): Promise<boolean> {
    const { control } = this.#simulator;
    const daemon = await this.#prepared();
    const old = await servedView(daemon);
    this.#changeTenant();
    const expected = this.#expected();
    if (fault.match?.kind === 'token') control.expireAccessTokens();
    control.injectFault(fault);
    const summary = await this.#watched(daemon, old, expected);
    const isMet = control.pendingFaults() < (fault.count ?? 1);
    control.clearFaults();
    control.releaseSlow();
    // What had failed goes on, and then comes what else has changed.
    for (let left = summary.outcome === 'failed' ? 2 : 1; left > 0; left--) {
      if (summary.outcome !== 'failed') assertServes(await servedView(daemon), expected);
      const next = await this.#watched(daemon, old, expected);
      assert.notEqual(next.outcome, 'failed', next.error ?? '');
    }
    assertServes(await servedView(daemon), expected);
    return isMet;
  }

  /** Runs a round, and reads the directory whenever something is waited for: it is the old one or the new one, nothing else. */
  async #watched(
    daemon: ComposedDaemon,
    old: ServedView | undefined,
    expected: ReferenceDirectory,
  ): Promise<RoundSummary> {
    const look = async (): Promise<void> => {
      const view = await servedView(daemon);
      if (view === undefined) assert.equal(old, undefined, 'what was served once is never gone');
      else if (!sameView(view, old)) assertServes(view, expected);
    };
    let seen: Promise<void> = Promise.resolve();
    this.#time.onWait = () => (seen = seen.then(look));
    const summary = await daemon.round(this.#mode === 'full');
    this.#time.onWait = async () => {};
    await seen;
    if (summary.outcome !== 'failed') return summary;
    assert.ok(sameView(await servedView(daemon), old), 'a failed round is not visible');
    return summary;
  }

  /** A daemon that has published the tenant as it is; in the initial mode one that never has. */
  async #prepared(): Promise<ComposedDaemon> {
    if (this.#daemon !== undefined && this.#mode !== 'initial') return this.#daemon;
    await this.#close();
    const surroundings: Surroundings = {
      simulator: this.#simulator,
      ca: this.#ca,
      time: this.#time,
      folder: this.#newFolder(),
    };
    this.#daemon = await ComposedDaemon.open(surroundings, this.#way.sections);
    if (this.#mode !== 'initial') assert.equal((await this.#daemon.round()).outcome, 'published');
    return this.#daemon;
  }

  /** Something on every page; nobody leaves. */
  #changeTenant(): void {
    const { control } = this.#simulator;
    const { users, groups } = control.snapshot();
    this.#changes++;
    for (const { id } of users) control.setUserProperties(id, { jobTitle: `Title ${this.#changes}` });
    for (const { id } of groups) control.setGroupProperties(id, { description: `Version ${this.#changes}` });
    const inTeam = this.#changes % 2 === 1;
    for (const name of ['p3@example.com', 'p2@example.org', 'Ring B']) {
      if (inTeam) control.join('Team', name);
      else control.leave('Team', name);
    }
  }

  #expected(): ReferenceDirectory {
    const { users, groups } = this.#simulator.control.snapshot();
    return referenceDirectory(
      { users: [...users], groups: [...groups] },
      usualSettings,
      new ReferenceLedger(),
      sampleBase,
    );
  }

  async #close(): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
    this.#daemon = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.#simulator.close();
  }
}

/** The faults that the simulator has for the pages of delta queries alone. */
function isPageFault(kind: Kind): boolean {
  return kind === 'replayedPage' || kind === 'emptyPage' || kind === 'foreignNextLink';
}

function sameView(view: ServedView | undefined, old: ServedView | undefined): boolean {
  return JSON.stringify([...(view ?? [])]) === JSON.stringify([...(old ?? [])]);
}

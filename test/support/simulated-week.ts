/**
 * A tenant that lives for days in a few seconds, and a daemon on it: people join, move, are renamed, leave and come back, Microsoft
 * has trouble, the administrator changes the configuration, and the process ends where it hurts. After each round what is served is
 * compared with what {@link referenceDirectory} says must be shown.
 */
import assert from 'node:assert/strict';
import type { RoundSummary } from '../../src/identity/round.ts';
import { generateTenant } from '../../src/simulator/generate.ts';
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts';
import { ComposedDaemon, type Sections, type Surroundings } from './composed-daemon.ts';
import type { Choose } from './model-tenant.ts';
import {
  type ReferenceDirectory,
  referenceDirectory,
  ReferenceLedger,
  type ReferenceTenant,
} from './reference-directory.ts';
import { type ReferenceSettings, sectionsOf, usualSettings } from './reference-settings.ts';
import { sampleBase } from './sample-directory.ts';
import { seededChoice } from './seeded-choice.ts';
import { assertServes, numberOf, type ServedView, servedView, shortNameOf } from './served-view.ts';
import type { LoopbackCertificates } from './simulator-client.ts';
import { MicrosoftTrouble } from './microsoft-trouble.ts';
import { SimulatedTime } from './simulated-time.ts';
import { cutWritesAfter } from './sync-bench.ts';
import { narrowed, toggled } from './administrator-life.ts';
import { TenantLife } from './tenant-life.ts';
import { reachesTooFar, usualLimits } from './naive-safety.ts';

const startMs = Date.UTC(2026, 10, 16, 6);
const halfHourMs = 30 * 60 * 1000;
/** So much of what happened is told when a comparison fails. */
const storyMax = Number(process.env['SIMULATED_STORY'] ?? 40);

/** How often what happened, so that a test can tell that it did. */
export type Tally = Readonly<Record<string, number>>;

/** A week, or so many days, of which the same seed always makes the same. */
export class SimulatedWeek implements AsyncDisposable {
  readonly #choose: Choose;
  readonly #time: SimulatedTime;
  readonly #simulator: Simulator;
  readonly #surroundings: Surroundings;
  readonly #life: TenantLife;
  readonly #trouble: MicrosoftTrouble;
  readonly #ledger = new ReferenceLedger();
  readonly #numbers = new Map<string, number>();
  readonly #tally = new Map<string, number>();
  /** What happened of late, for whoever has to find out why a comparison failed. */
  readonly #story: string[] = [];
  #settings: ReferenceSettings = usualSettings;
  #daemon: ComposedDaemon | undefined;
  /** What clients saw when somebody last looked. */
  #view: ServedView | undefined;
  /** The tenant as the daemon has read it last to the end. */
  #read: ReferenceTenant | undefined;
  /** True while that is users and groups of two moments, after a round that went on with an older one. */
  #isMixed = false;
  #publication = 0;
  #eventsSeen = 0;
  #isApproved = false;

  private constructor(simulator: Simulator, time: SimulatedTime, surroundings: Surroundings, seed: number) {
    this.#choose = seededChoice(seed);
    this.#time = time;
    this.#simulator = simulator;
    this.#surroundings = surroundings;
    this.#life = new TenantLife(simulator.control, this.#choose);
    this.#trouble = new MicrosoftTrouble(simulator.control, this.#choose, (what, details) => this.#tell(what, details));
  }

  static async begin({ ca, server }: LoopbackCertificates, folder: string, seed: number): Promise<SimulatedWeek> {
    const time = new SimulatedTime(startMs);
    const simulator = await startSimulator({
      tenant: generateTenant({ seed, users: 40, groups: 16, memberships: 120, softDeletedUsers: 2 }),
      certificate: server,
      clock: time.server,
      pageSize: 12,
      memberSliceSize: 20,
      // Longer outages end with links that are no longer known.
      deltaTokenLifetimeMs: 5 * 3_600_000,
    });
    return new SimulatedWeek(simulator, time, { simulator, ca: ca.certPem, time, folder }, seed);
  }

  /** Lets days pass, chance included; fails with the story of the last hours as soon as something is served that should not be. */
  async live(days: number): Promise<Tally> {
    using _chance = seededRandom(this.#choose);
    try {
      await this.#start();
      for (let tick = 0; tick < days * 48; tick++) await this.#halfHour();
      await this.#endWell();
    } catch (error) {
      const at = new Date(this.#time.nowMs).toISOString();
      throw new Error(`at ${at}, after:\n${this.#story.slice(-storyMax).join('\n')}`, { cause: error });
    }
    return Object.fromEntries(this.#tally);
  }

  async #halfHour(): Promise<void> {
    const endsMs = this.#time.nowMs + halfHourMs;
    if (this.#once(25)) await this.#reconfigure();
    if (this.#once(90)) await this.#changeScope();
    for (let left = this.#choose(4); left > 0; left--) this.#tell('tenant', this.#life.happen());
    if (this.#once(60)) this.#tell('sweep', this.#life.sweep());
    this.#trouble.brew(this.#time.nowMs);
    const crashes = this.#once(20);
    {
      using _cut = crashes ? cutWritesAfter(this.#choose(14)) : undefined;
      await this.#wake();
      if (crashes) await this.#end();
    }
    if (crashes) await this.#start();
    await this.#decide();
    while (this.#time.nowMs + (this.#time.dueInMs ?? 0) < endsMs) await this.#wake();
    this.#time.skip(Math.max(0, endsMs - this.#time.nowMs - 1));
  }

  /** Without trouble, the next rounds show the tenant as it is, whatever was before. */
  async #endWell(): Promise<void> {
    this.#trouble.end();
    for (let round = 0; round < 3; round++) {
      await this.#wake();
      await this.#approve();
    }
    const { last } = this.#running.sync;
    assert.ok(last?.outcome === 'published' || last?.outcome === 'unchanged', last?.error ?? last?.outcome);
    assertServes(await servedView(this.#running), this.#reference(this.#present));
  }

  get #running(): ComposedDaemon {
    assert.ok(this.#daemon !== undefined, 'the daemon runs');
    return this.#daemon;
  }

  get #sections(): Sections {
    const { users, ...sections } = sectionsOf(this.#settings);
    const mode = this.#settings.reading;
    return {
      ...sections,
      users: { ...users, attributes: { manager: 'manager' } },
      sync: { interval: '30m', jitter: '0%', fullInterval: '24h', mode },
    };
  }

  get #present(): ReferenceTenant {
    const { users, groups } = this.#simulator.control.snapshot();
    return { users: [...users], groups: [...groups] };
  }

  #once(inSoMany: number): boolean {
    return this.#choose(inSoMany) === 0;
  }

  #tell(what: string, details = ''): void {
    this.#tally.set(what, (this.#tally.get(what) ?? 0) + 1);
    this.#story.push(`${new Date(this.#time.nowMs).toISOString()} ${what} ${details}`);
  }

  /** Starts the process; what it serves before its first round is what was served, or a publish that it had to finish. */
  async #start(): Promise<void> {
    this.#daemon = await ComposedDaemon.open(this.#surroundings, this.#sections);
    const view = await servedView(this.#daemon);
    if (this.#view !== undefined) assert.ok(view !== undefined, 'a restart serves at once (P3)');
    if (this.#publicationNow === this.#publication) this.#assertUnchanged(view, 'a restart');
    else this.#note(view);
    this.#eventsSeen = 0;
    this.#daemon.run();
    await this.#untilIdle();
    await this.#look();
  }

  async #end(): Promise<void> {
    this.#tell('end of the process');
    const daemon = this.#running;
    this.#daemon = undefined;
    await daemon[Symbol.asyncDispose]();
  }

  /** Lets the next round happen. */
  async #wake(): Promise<void> {
    this.#trouble.pass(this.#time.nowMs);
    this.#eventsSeen = this.#running.log.events.length;
    this.#time.toNextDue();
    await this.#untilIdle();
    await this.#look();
  }

  async #untilIdle(): Promise<void> {
    const { ended } = this.#running;
    await Promise.race([this.#time.untilIdle(), ended.then(() => assert.fail('the synchronization has ended'))]);
  }

  get #publicationNow(): number {
    return this.#daemon?.store.view.facts?.publication ?? 0;
  }

  /** Looks at what a round has led to. */
  async #look(): Promise<void> {
    const { last } = this.#running.sync;
    assert.ok(last !== null);
    this.#tell(last.outcome, `${last.resumed ? 'resumed ' : ''}${last.error ?? ''}`);
    const view = await servedView(this.#running);
    if (last.outcome === 'failed' || last.outcome === 'aborted') {
      // Everything may have been read anew right after a round that had published.
      if (this.#hasFinishedBefore()) this.#read = this.#present;
      return this.#assertStored(view, 'a failed round');
    }
    this.#isMixed = last.resumed;
    if (last.resumed) return await this.#lookAgain(view, last);
    this.#read = this.#present;
    if (last.outcome === 'held') this.#assertHeld(view);
    else this.#assertShown(view);
  }

  /** Whether a round that was not a continuation has finished since somebody last asked. */
  #hasFinishedBefore(): boolean {
    const { events } = this.#running.log;
    const fresh = events.slice(this.#eventsSeen);
    this.#eventsSeen = events.length;
    // One without a page has published what was read before.
    const finished = fresh.findLastIndex(
      ({ event, fields }) => event === 'sync.round.finished' && Number(fields['pages']) > 0,
    );
    return finished !== -1 && !fresh.slice(0, finished).some(({ fields }) => fields['resumed'] === true);
  }

  /** A round that went on with an older one shows users and groups of two moments; the next one shows one. */
  async #lookAgain(view: ServedView | undefined, { outcome }: RoundSummary): Promise<void> {
    if (outcome === 'held') this.#assertUnchanged(view, 'a held round');
    else this.#note(view);
    this.#running.sync.request(false);
    await this.#untilIdle();
    await this.#look();
  }

  #assertHeld(view: ServedView | undefined): void {
    this.#assertUnchanged(view, 'a held round');
    assert.ok(this.#view !== undefined);
    const reach = reachesTooFar(this.#view, this.#reference(this.#read), usualLimits);
    assert.notDeepEqual(reach, [], 'something in what is held back goes beyond a limit (P4)');
  }

  #assertShown(view: ServedView | undefined): void {
    const expected = this.#reference(this.#read);
    assertServes(view, expected);
    if (this.#view !== undefined && !this.#isApproved) {
      const reach = reachesTooFar(this.#view, expected, usualLimits);
      assert.deepEqual(reach, [], 'nothing goes beyond a limit without approval (P4)');
    }
    this.#isApproved = false;
    this.#note(view);
  }

  /** Nothing has changed, unless what was read before could be published now. */
  #assertStored(view: ServedView | undefined, after: string): void {
    if (this.#publicationNow === this.#publication) this.#assertUnchanged(view, after);
    else if (this.#isMixed) this.#note(view);
    else this.#assertShown(view);
  }

  #assertUnchanged(view: ServedView | undefined, after: string): void {
    assert.deepEqual(
      view && [...view],
      this.#view && [...this.#view],
      `${after} changes nothing that clients see (P2)`,
    );
  }

  /** Remembers what is shown; no name and no number is ever anybody else's. */
  #note(view: ServedView | undefined): void {
    for (const [id, entry] of view ?? []) {
      const kind = entry.dn.startsWith('uid=') ? 'user' : 'group';
      const number = numberOf(entry);
      assert.equal(this.#numbers.get(id) ?? number, number, `${entry.dn} keeps its number (P5, PAIN-08, PAIN-09)`);
      this.#numbers.set(id, number);
      const other = this.#ledger.note(kind, shortNameOf(entry), id);
      assert.equal(other, undefined, `the name of ${entry.dn} was never another's (P5)`);
    }
    assert.equal(new Set(this.#numbers.values()).size, this.#numbers.size, 'no number was given twice (PAIN-08)');
    this.#assertStamps(view);
    this.#view = view;
    this.#publication = this.#publicationNow;
  }

  /** The time stamps of an entry move only with what it says. */
  #assertStamps(view: ServedView | undefined): void {
    for (const [id, { dn, attributes }] of view ?? []) {
      const before = this.#view?.get(id);
      if (before === undefined || before.dn !== dn) continue;
      const [said, stamps] = split(attributes);
      const [saidBefore, stampsBefore] = split(before.attributes);
      if (said === saidBefore) assert.equal(stamps, stampsBefore, `${dn} has changed, and says the same`);
    }
  }

  #reference(tenant: ReferenceTenant | undefined): ReferenceDirectory {
    assert.ok(tenant !== undefined);
    return referenceDirectory(tenant, this.#settings, this.#ledger, sampleBase);
  }

  /** What a running daemon takes over: shown at once from what was read, unless a round stands in between. */
  async #reconfigure(): Promise<void> {
    this.#settings = { ...this.#settings, ...toggled(this.#settings, this.#life, this.#choose) };
    this.#tell('configuration', JSON.stringify(this.#settings));
    assert.deepEqual(this.#running.configure(this.#surroundings, this.#sections), []);
    await this.#untilIdle();
    await this.#lookAtReplan();
  }

  /** What a restart takes over. */
  async #changeScope(): Promise<void> {
    this.#settings = { ...this.#settings, ...narrowed(this.#life, this.#choose) };
    this.#tell('scope', JSON.stringify(this.#settings));
    await this.#end();
    await this.#start();
  }

  async #lookAtReplan(): Promise<void> {
    const view = await servedView(this.#running);
    if (this.#running.sync.hold !== null) return this.#assertUnchanged(view, 'a change that is held back');
    if (this.#running.sync.planIsDue) return this.#assertUnchanged(view, 'a change that waits for a round');
    this.#assertStored(view, 'a change of nothing that is shown');
  }

  async #decide(): Promise<void> {
    if (this.#running.sync.hold === null) return;
    const choice = this.#choose(6);
    if (choice < 2) await this.#approve();
    else if (choice === 2) {
      this.#tell('reject');
      const decision = await this.#running.sync.decide({ hold: null, decision: 'rejected' });
      assert.equal(decision.hold.decision, 'rejected');
      await this.#untilIdle();
      this.#assertUnchanged(await servedView(this.#running), 'a rejected change');
    }
  }

  async #approve(): Promise<void> {
    if (this.#running.sync.hold === null) return;
    this.#tell('approve');
    this.#isApproved = true;
    await this.#running.sync.decide({ hold: null, decision: 'approved' });
    await this.#untilIdle();
    await this.#lookAtReplan();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon?.[Symbol.asyncDispose]();
    await this.#simulator.close();
  }
}

/** Makes the pauses after failures those of the seed; dispose it to have chance back. */
function seededRandom(choose: Choose): Disposable {
  const { random } = Math;
  Math.random = () => choose(0x1_0000_0000) / 0x1_0000_0000;
  return { [Symbol.dispose]: () => void (Math.random = random) };
}

/** What an entry says, and when it was changed. */
function split(attributes: Readonly<Record<string, readonly string[]>>): readonly [said: string, stamps: string] {
  const { modifyTimestamp, entryCSN, ...said } = attributes;
  const names = Object.keys(said).toSorted();
  const sorted = names.map((name) => [name, said[name]?.toSorted()]);
  return [JSON.stringify(Object.fromEntries(sorted)), JSON.stringify([modifyTimestamp, entryCSN])];
}

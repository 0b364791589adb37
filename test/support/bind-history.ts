import assert from 'node:assert/strict';

import { oneTimeCode, timeStep } from '../../src/auth/one-time-code.ts';
import {
  addresses,
  type Binding,
  type Change,
  codeWindow,
  type Event,
  isInNetwork,
  network,
  passwords,
  type Step,
} from './bind-steps.ts';
import { MINUTE, SECOND } from './bind-truth.ts';
import { BindWorld, type Inhabitant, inhabitants, type WorldSettings } from './bind-world.ts';
import { seedOf } from './otpauth.ts';

/** An app password, and what is true of it. */
interface Made {
  readonly who: Inhabitant;
  readonly id: string;
  readonly text: string;
  readonly expiresAtMs: number | null;
  readonly isNarrow: boolean;
  /** Undefined where no code is wanted. */
  readonly seed: Buffer | undefined;
  /** The key that the seed was sealed with. */
  key: string;
  lastStep: number;
  isRevoked: boolean;
}

const other = (whose: Inhabitant): Inhabitant => (whose === 'alice' ? 'bob' : 'alice');

/** Lives through one history of binds, and holds each answer against what is true. */
export class BindHistory {
  readonly #world: BindWorld;
  readonly #made: Made[] = [];
  /** How often which way led in, and how often it had to. */
  readonly seen: Map<string, number>;

  constructor(initial: WorldSettings, seen: Map<string, number>) {
    this.#world = new BindWorld(initial);
    this.seen = seen;
  }

  async perform(each: Step): Promise<void> {
    const world = this.#world;
    switch (each.kind) {
      case 'bind':
        return await this.#bind(each.who, each.address, each.binding);
      case 'race':
        return await this.#race(each.who, each.address, each.events);
      case 'edge':
        return await this.#edge(each.who, each.address);
      case 'tooEarly':
        return await this.#tooEarly(each.who, each.address);
      case 'elsewhere':
        return await this.#elsewhere(each.who, each.change);
      case 'trouble':
        this.#endTrouble();
        world.trouble = each.trouble;
        return;
      case 'create':
        return await this.#create(each);
      case 'revoke': {
        const made = this.#made[each.index];
        if (made === undefined || made.isRevoked) return;
        await world.appPasswords.revoke(made.id);
        made.isRevoked = true;
        for (const from of addresses)
          await this.#bindByAppPassword(from, { kind: 'appPassword', index: each.index, isOwn: true, offset: null });
        return;
      }
      case 'restart':
        return await this.#restart(each.keys);
      case 'wait':
        return await world.clock.advance(each.ms);
      default:
        this.#happen(each);
    }
  }

  #endTrouble(): void {
    const { clock, trouble, truth } = this.#world;
    if (trouble !== 'none') truth.isOut(clock.now());
    this.#world.trouble = 'none';
  }

  #happen(each: Event): void {
    if (each.kind === 'change') this.#change(each.who, each.change);
    else if (each.kind === 'publish') this.#world.publish();
    else this.#world.reload({ ...this.#world.settings, [each.only]: each.settings[each.only] });
  }

  #change(whose: Inhabitant, { kind, ...rest }: Change): void {
    const world = this.#world;
    const { credential } = world.account(whose);
    switch (kind) {
      case 'password':
        if ('text' in rest) world.change(whose, { password: rest.text, credential: credential + 1 });
        return;
      case 'revokeSessions':
        return world.change(whose, { credential: credential + 1 });
      case 'disable':
      case 'enable':
        return world.change(whose, { isDisabled: kind === 'disable' });
      case 'remove':
      case 'restore':
        return world.change(whose, { isGone: kind === 'remove' });
      case 'wantSecondFactor':
      case 'wantNoSecondFactor':
        return world.change(whose, { wantsSecondFactor: kind === 'wantSecondFactor' });
      case 'swapNames': {
        const [one, other] = inhabitants.map((each) => world.account(each).userPrincipalName);
        world.change('alice', { userPrincipalName: other ?? '' });
        world.change('bob', { userPrincipalName: one ?? '' });
      }
    }
  }

  async #create({ who: whose, lifetimeMs, isNarrow, withCode }: Extract<Step, { kind: 'create' }>): Promise<void> {
    const world = this.#world;
    const { appPasswords } = world.settings;
    if (!appPasswords.enabled || world.shown(whose).isGone || this.#made.length > 5) return;
    const networks = isNarrow ? [network] : [];
    const request = { user: whose, label: 'x', lifetimeMs, networks, services: [], withCode };
    const { id, password, expiresAtMs, otpauth } = await world.appPasswords.create(request);
    this.#made.push({
      who: whose,
      id,
      text: password,
      expiresAtMs,
      isNarrow,
      seed: otpauth === null ? undefined : seedOf(otpauth),
      key: world.keys[0] ?? '',
      lastStep: 0,
      isRevoked: false,
    });
  }

  async #restart(keys: Extract<Step, { kind: 'restart' }>['keys']): Promise<void> {
    const world = this.#world;
    const before = new Set(world.keys);
    // One whose key is lost cannot be sealed anew, and then none behind it is.
    const canReseal = this.#made.every(({ seed, key }) => seed === undefined || before.has(key));
    await world.restart(keys);
    const isResealed = canReseal && (keys === 'rotated' || keys === 'rotatedAndDropped');
    for (const made of isResealed ? this.#made : []) made.key = world.keys[0] ?? '';
  }

  async #bind(whose: Inhabitant, from: string, how: Binding): Promise<void> {
    if (how.kind === 'appPassword') return await this.#bindByAppPassword(from, how);
    const world = this.#world;
    const text = how.kind === 'right' ? world.account(whose).password : how.text;
    const mustOpen = this.#mustOpen(whose, text);
    const { isDisabled, isGone } = world.shown(whose);
    const askedBefore = world.asked;
    const { code } = await world.bind(whose, text, from);
    if (isDisabled || isGone) assert.equal(world.asked, askedBefore, 'Entra was asked about who may not bind (FED-04)');
    this.#judge(whose, text, from, code);
    if (mustOpen !== undefined) {
      assert.equal(code, 0, `${whose} must get in by ${text}: ${mustOpen}`);
      this.#count(`must get in: ${mustOpen}`);
    }
  }

  /** Something happens while Entra is about to answer. */
  async #race(whose: Inhabitant, from: string, meanwhile: readonly Event[]): Promise<void> {
    const world = this.#world;
    const text = world.account(whose).password;
    const { code, wasHeld } = await world.bind(whose, text, from, () => {
      for (const each of meanwhile) this.#happen(each);
    });
    const isReloaded = meanwhile.some(({ kind }) => kind === 'reload');
    if (wasHeld && isReloaded) assert.notEqual(code, 0, 'the settings changed meanwhile');
    this.#judge(whose, text, from, code);
  }

  /** Just before what is remembered becomes too old, and just after. */
  async #edge(whose: Inhabitant, from: string): Promise<void> {
    const { clock, truth } = this.#world;
    const restMs = truth.restMs(whose, clock.now()) ?? 0;
    if (restMs > 30 * SECOND) await clock.advance(restMs - 20 * SECOND);
    await this.#bind(whose, from, { kind: 'right' });
    await clock.advance(40 * SECOND);
    await this.#bind(whose, from, { kind: 'right' });
  }

  /** Something changes, Entra says so when somebody binds elsewhere, and the old password is tried where it was in use. */
  async #elsewhere(whose: Inhabitant, changed: Change): Promise<void> {
    const world = this.#world;
    const [here = '', there = ''] = addresses;
    const { password: old } = world.account(whose);
    await this.#bind(whose, here, { kind: 'right' });
    this.#change(whose, changed);
    this.#change(whose, { kind: 'password', text: `${old}-new` });
    await this.#bind(whose, there, { kind: 'right' });
    await this.#bind(whose, here, { kind: 'any', text: old });
    await world.clock.advance(2 * MINUTE);
    world.trouble = 'outage';
    await this.#bind(whose, here, { kind: 'any', text: old });
    this.#endTrouble();
    this.#change(whose, { kind: 'password', text: old });
  }

  /** Somebody types the new password before it is set, and again when that may no longer be held against it. */
  async #tooEarly(whose: Inhabitant, from: string): Promise<void> {
    const world = this.#world;
    const text = passwords.find((each) => each !== world.account(whose).password) ?? '';
    await this.#bind(whose, from, { kind: 'any', text });
    this.#change(whose, { kind: 'password', text });
    await world.clock.advance(world.settings.memory.refusedMs + SECOND);
    await this.#bind(whose, from, { kind: 'right' });
  }

  /** Holds the answer to a bind by a password of Entra against what is true by now. */
  #judge(whose: Inhabitant, text: string, from: string, code: number): void {
    const world = this.#world;
    const nowMs = world.clock.now();
    assert.ok([0, 49, 51, 52].includes(code), `answered ${code}`);
    if (code === 49) world.truth.answeredWrong(whose, text, nowMs);
    if (code !== 0) return;
    this.#mustBeOpen(whose);
    const reason = world.truth.reasonFor({ who: whose, password: text, network: from }, nowMs);
    assert.ok(reason !== undefined, `${whose} got in by ${text}, which is wrong or too old`);
    this.#count(reason);
  }

  /** Why the password of this moment has to get in. */
  #mustOpen(whose: Inhabitant, text: string): string | undefined {
    const world = this.#world;
    const shown = world.shown(whose);
    const account = world.account(whose);
    const nowMs = world.clock.now();
    if (shown.isDisabled || shown.isGone) return undefined;
    if (world.trouble !== 'none')
      return world.truth.mustOpenInOutage(whose, text, nowMs) ? 'remembered, and Entra is out' : undefined;
    const isLetThrough = !account.wantsSecondFactor || world.settings.acceptProven.includes(50076);
    const isWell = !account.isDisabled && !account.isGone && account.userPrincipalName === shown.userPrincipalName;
    const isRight = account.password === text && isLetThrough && isWell;
    return isRight && !world.truth.mayBeRefused(whose, text, nowMs) ? 'Entra says yes' : undefined;
  }

  async #bindByAppPassword(
    from: string,
    { index, isOwn, offset }: Extract<Binding, { kind: 'appPassword' }>,
  ): Promise<void> {
    const world = this.#world;
    const made = this.#made[index % Math.max(1, this.#made.length)];
    if (made === undefined) return;
    const whose = isOwn ? made.who : other(made.who);
    const nowMs = world.clock.now();
    const typedStep = offset === null ? undefined : timeStep(nowMs) + offset;
    const seed = made.seed ?? Buffer.alloc(20);
    const octets = `${made.text}${typedStep === undefined ? '' : oneTimeCode(seed, typedStep)}`;
    const objection = this.#objection(made, whose, from, typedStep);
    const mayBeRefused = world.truth.mayBeRefused(whose, octets, nowMs);
    const { code } = await world.bind(whose, octets, from);
    if (code === 49) world.truth.answeredWrong(whose, octets, world.clock.now());
    assert.equal(code === 0 && objection !== undefined, false, `${whose} got in by an app password: ${objection}`);
    if (objection === undefined && !mayBeRefused) {
      assert.equal(code, 0, `${whose} must get in by an app password`);
      this.#count('app password');
    }
    if (code === 0) this.#mustBeOpen(whose);
    if (code !== 0 || typedStep === undefined) return;
    made.lastStep = typedStep;
    assert.notEqual((await world.bind(whose, octets, from)).code, 0, 'a code is good for once (RFC 6238 §5.2)');
    world.truth.answeredWrong(whose, octets, world.clock.now());
  }

  /** What stands against a bind by an app password. */
  #objection(made: Made, whose: Inhabitant, from: string, typedStep: number | undefined): string | undefined {
    const world = this.#world;
    const { enabled, codeRequired } = world.settings.appPasswords;
    const nowMs = world.clock.now();
    const { isGone, isDisabled } = world.shown(whose);
    if (isGone || isDisabled) return 'the account is closed';
    if (!enabled) return 'there are none';
    if (made.who !== whose) return 'it is somebody else’s';
    if (made.isRevoked) return 'it is revoked';
    if (made.expiresAtMs !== null && made.expiresAtMs <= nowMs) return 'it has expired';
    if (made.isNarrow && !isInNetwork(from)) return 'it is not for this address';
    if (made.seed === undefined) {
      if (codeRequired) return 'it has no code';
      return typedStep === undefined ? undefined : 'it wants no code';
    }
    if (!world.keys.includes(made.key)) return 'its key is lost';
    if (typedStep === undefined) return 'the code is missing';
    if (Math.abs(typedStep - timeStep(nowMs)) > codeWindow) return 'the code is not of now';
    return typedStep > made.lastStep ? undefined : 'the code was used, or is older than one that was';
  }

  #mustBeOpen(whose: Inhabitant): void {
    const { isGone, isDisabled } = this.#world.shown(whose);
    assert.ok(!isGone && !isDisabled, `${whose} may not bind`);
  }

  #count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }
}

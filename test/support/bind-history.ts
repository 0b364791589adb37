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
import { BindWorld, type Inhabitant, inhabitants, objectIdOf, type WorldSettings } from './bind-world.ts';
import { seedOf } from './otpauth.ts';
import { isCodeOfAppPasswordWanted, isOn, isRememberedOpen, vpn } from './plain-bind-rules.ts';

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

/** The one-time codes of somebody, and what is true of them. */
interface Codes {
  readonly seed: Buffer;
  /** The step of the last one that was used. */
  lastStep: number;
  /** The same of the last one that may have been used: a bind that could not be decided does not say. */
  mayBeUsed: number;
}

/** What somebody types, and what of it is what. */
interface Typed {
  readonly octets: string;
  readonly password: string;
  readonly isCodeDemanded: boolean;
  readonly step: number | undefined;
  /** What stands in front of the password. */
  readonly objection: string | undefined;
}

const other = (whose: Inhabitant): Inhabitant => (whose === 'alice' ? 'bob' : 'alice');

/** Lives through one history of binds, and holds each answer against what is true. */
export class BindHistory {
  readonly #world: BindWorld;
  readonly #made: Made[] = [];
  readonly #codes = new Map<Inhabitant, Codes>();
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
        return await this.#elsewhere(each.who, each.change, each.there);
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
      case 'codes':
        return await this.#setCodes(each.who, each.what);
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
      case 'join':
      case 'leave':
        return world.change(whose, { isStaff: kind === 'join' });
      case 'swapNames': {
        const [one, other] = inhabitants.map((each) => world.account(each).userPrincipalName);
        world.change('alice', { userPrincipalName: other ?? '' });
        world.change('bob', { userPrincipalName: one ?? '' });
      }
    }
  }

  async #create({ who: whose, lifetimeMs, isNarrow, withCode }: Extract<Step, { kind: 'create' }>): Promise<void> {
    const world = this.#world;
    const isOpen = ['', vpn.address].some((place) => isOn(world.settings, 'appPasswords', world.visitor(whose, place)));
    if (!isOpen || world.shown(whose).isGone || this.#made.length > 5) return;
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
    if (keys !== 'lost') return;
    for (const whose of this.#codes.keys()) await this.#bindByLostCode(whose);
    this.#codes.clear();
  }

  async #setCodes(whose: Inhabitant, what: 'setUp' | 'end'): Promise<void> {
    const { oneTimeCodes } = this.#world;
    if (what === 'end') {
      if (this.#codes.delete(whose)) await oneTimeCodes.revoke(objectIdOf(whose));
    } else if (!this.#world.shown(whose).isGone) {
      const { otpauth } = await oneTimeCodes.create({ user: whose, replace: true });
      this.#codes.set(whose, { seed: seedOf(otpauth), lastStep: 0, mayBeUsed: 0 });
    }
  }

  /** A code whose key is lost opens nothing; then it is ended. */
  async #bindByLostCode(whose: Inhabitant): Promise<void> {
    const world = this.#world;
    for (const from of addresses) {
      const typed = this.#type(whose, from, world.account(whose).password, 'asDemanded');
      if (!typed.isCodeDemanded) continue;
      const { code } = await world.bind(whose, typed.octets, from);
      assert.notEqual(code, 0, 'the key of the code is lost');
      if (code === 49) world.truth.answeredWrong(whose, typed.octets, world.clock.now());
    }
    await world.oneTimeCodes.revoke(objectIdOf(whose));
  }

  #type(whose: Inhabitant, from: string, text: string, code: 'asDemanded' | number | null): Typed {
    const { settings, clock } = this.#world;
    const visitor = this.#world.visitor(whose, from);
    const codes = this.#codes.get(whose);
    const isCodeDemanded = isOn(settings, 'codeRequired', visitor);
    const offset = code !== 'asDemanded' ? code : isCodeDemanded ? 0 : null;
    const step = offset === null ? undefined : timeStep(clock.now()) + offset;
    const octets = `${text}${step === undefined ? '' : oneTimeCode(codes?.seed ?? Buffer.alloc(20), step)}`;
    const objection = isOn(settings, 'entra', visitor)
      ? isCodeDemanded
        ? this.#codeObjection(codes, step)
        : undefined
      : 'the way is closed';
    return { octets, password: isCodeDemanded ? text : octets, isCodeDemanded, step, objection };
  }

  #codeObjection(codes: Codes | undefined, step: number | undefined): string | undefined {
    if (codes === undefined) return 'no codes are set up';
    if (step === undefined) return 'no code is shown';
    if (Math.abs(step - timeStep(this.#world.clock.now())) > codeWindow) return 'the code shown is not of now';
    return step > codes.lastStep ? undefined : 'the code shown was used, or is older than one that was';
  }

  /** Takes note of what became of a code, and shows it once more. */
  async #settleCode(whose: Inhabitant, from: string, typed: Typed, code: number, wasKnown: boolean): Promise<void> {
    const world = this.#world;
    const codes = this.#codes.get(whose);
    const { step, octets } = typed;
    if (!typed.isCodeDemanded || typed.objection !== undefined || codes === undefined || step === undefined) return;
    codes.mayBeUsed = Math.max(codes.mayBeUsed, step);
    if (code !== 0 && (code !== 49 || wasKnown)) return;
    codes.lastStep = Math.max(codes.lastStep, step);
    const isStillDemanded = isOn(world.settings, 'codeRequired', world.visitor(whose, from));
    if (code !== 0 || !isStillDemanded) return;
    this.#count('with a one-time code');
    assert.notEqual((await world.bind(whose, octets, from)).code, 0, 'a code is good for once (RFC 6238 §5.2)');
    world.truth.answeredWrong(whose, octets, world.clock.now());
  }

  async #bind(whose: Inhabitant, from: string, how: Binding): Promise<void> {
    if (how.kind === 'appPassword') return await this.#bindByAppPassword(from, how);
    const world = this.#world;
    const text = how.kind === 'right' ? world.account(whose).password : how.text;
    const typed = this.#type(whose, from, text, how.code);
    const mustOpen = this.#mustOpen(whose, from, typed);
    const { isDisabled, isGone } = world.shown(whose);
    const askedBefore = world.asked;
    const wasKnown = world.truth.mayBeRefused(whose, typed.octets, world.clock.now());
    const { code } = await world.bind(whose, typed.octets, from);
    if (isDisabled || isGone) assert.equal(world.asked, askedBefore, 'Entra was asked about who may not bind (FED-04)');
    if (typed.objection !== undefined) {
      assert.equal(world.asked, askedBefore, `Entra was asked although ${typed.objection}`);
      this.#count(`kept out: ${typed.objection}`);
    }
    this.#judge(whose, typed, from, code);
    if (mustOpen !== undefined) {
      assert.equal(code, 0, `${whose} must get in by ${typed.octets}: ${mustOpen}`);
      this.#count(`must get in: ${mustOpen}`);
    }
    await this.#settleCode(whose, from, typed, code, wasKnown || isDisabled || isGone);
  }

  /** Something happens while Entra is about to answer. */
  async #race(whose: Inhabitant, from: string, meanwhile: readonly Event[]): Promise<void> {
    const world = this.#world;
    const typed = this.#type(whose, from, world.account(whose).password, 'asDemanded');
    const { isDisabled, isGone } = world.shown(whose);
    const wasKnown = world.truth.mayBeRefused(whose, typed.octets, world.clock.now());
    const { code, wasHeld } = await world.bind(whose, typed.octets, from, () => {
      for (const each of meanwhile) this.#happen(each);
    });
    const isReloaded = meanwhile.some(({ kind }) => kind === 'reload');
    if (wasHeld && isReloaded) assert.notEqual(code, 0, 'the settings changed meanwhile');
    this.#judge(whose, typed, from, code);
    await this.#settleCode(whose, from, typed, code, wasKnown || isDisabled || isGone);
  }

  /** Just before what is remembered becomes too old, and just after. */
  async #edge(whose: Inhabitant, from: string): Promise<void> {
    const { clock, truth } = this.#world;
    const restMs = truth.restMs(whose, clock.now()) ?? 0;
    if (restMs > 30 * SECOND) await clock.advance(restMs - 20 * SECOND);
    await this.#bind(whose, from, { kind: 'right', code: 'asDemanded' });
    await clock.advance(40 * SECOND);
    await this.#bind(whose, from, { kind: 'right', code: 'asDemanded' });
  }

  /** Something changes, Entra says so when somebody binds elsewhere, and the old password is tried where it was in use. */
  async #elsewhere(whose: Inhabitant, changed: Change, there: string): Promise<void> {
    const world = this.#world;
    const [here = ''] = addresses;
    const { password: old } = world.account(whose);
    await this.#bind(whose, here, { kind: 'right', code: 'asDemanded' });
    this.#change(whose, changed);
    this.#change(whose, { kind: 'password', text: `${old}-new` });
    await this.#bind(whose, there, { kind: 'right', code: 'asDemanded' });
    await this.#bind(whose, here, { kind: 'any', text: old, code: 'asDemanded' });
    await world.clock.advance(2 * MINUTE);
    world.trouble = 'outage';
    await this.#bind(whose, here, { kind: 'any', text: old, code: 'asDemanded' });
    this.#endTrouble();
    this.#change(whose, { kind: 'password', text: old });
  }

  /** Somebody types the new password before it is set, and again when that may no longer be held against it. */
  async #tooEarly(whose: Inhabitant, from: string): Promise<void> {
    const world = this.#world;
    const text = passwords.find((each) => each !== world.account(whose).password) ?? '';
    await this.#bind(whose, from, { kind: 'any', text, code: 'asDemanded' });
    this.#change(whose, { kind: 'password', text });
    await world.clock.advance(world.settings.memory.refusedMs + SECOND);
    await this.#bind(whose, from, { kind: 'right', code: 'asDemanded' });
  }

  /** Holds the answer to a bind by a password of Entra against what is true by now. */
  #judge(whose: Inhabitant, { octets, password, isCodeDemanded, objection }: Typed, from: string, code: number): void {
    const world = this.#world;
    const nowMs = world.clock.now();
    assert.ok([0, 49, 51, 52].includes(code), `answered ${code}`);
    if (code === 49) world.truth.answeredWrong(whose, octets, nowMs);
    if (code !== 0) return;
    this.#mustBeOpen(whose);
    assert.equal(objection, undefined, `${whose} got in by ${octets}`);
    // What became so while Entra was asked counts as well.
    const visitor = world.visitor(whose, from);
    assert.ok(isOn(world.settings, 'entra', visitor), 'the way is closed by now');
    assert.ok(isCodeDemanded || !isOn(world.settings, 'codeRequired', visitor), 'a code is demanded by now');
    const reason = world.truth.reasonFor(
      {
        who: whose,
        password,
        network: from,
        isForOnce: isCodeDemanded,
        isRememberedOpen: isRememberedOpen(world.settings, visitor),
      },
      nowMs,
    );
    assert.ok(reason !== undefined, `${whose} got in by ${octets}, which is wrong or too old`);
    this.#count(reason);
  }

  /** Why the password of this moment has to get in. */
  #mustOpen(whose: Inhabitant, from: string, typed: Typed): string | undefined {
    const world = this.#world;
    const { octets, password, isCodeDemanded, step, objection } = typed;
    if (objection !== undefined) return undefined;
    if (isCodeDemanded && (step ?? 0) <= (this.#codes.get(whose)?.mayBeUsed ?? 0)) return undefined;
    const shown = world.shown(whose);
    const account = world.account(whose);
    const nowMs = world.clock.now();
    if (shown.isDisabled || shown.isGone) return undefined;
    if (world.trouble !== 'none') {
      const isUsable = isRememberedOpen(world.settings, world.visitor(whose, from));
      const isKept = isUsable && world.truth.mustOpenInOutage(whose, password, octets, nowMs);
      return isKept ? 'remembered, and Entra is out' : undefined;
    }
    const isLetThrough = !account.wantsSecondFactor || world.settings.acceptProven.includes(50076);
    const isWell = !account.isDisabled && !account.isGone && account.userPrincipalName === shown.userPrincipalName;
    const isRight = account.password === password && isLetThrough && isWell;
    return isRight && !world.truth.mayBeRefused(whose, octets, nowMs) ? 'Entra says yes' : undefined;
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
    const visitor = world.visitor(whose, from);
    const nowMs = world.clock.now();
    const { isGone, isDisabled } = world.shown(whose);
    if (isGone || isDisabled) return 'the account is closed';
    if (!isOn(world.settings, 'appPasswords', visitor)) return 'they are not open there';
    if (made.who !== whose) return 'it is somebody else’s';
    if (made.isRevoked) return 'it is revoked';
    if (made.expiresAtMs !== null && made.expiresAtMs <= nowMs) return 'it has expired';
    if (made.isNarrow && !isInNetwork(from)) return 'it is not for this address';
    if (made.seed === undefined) {
      if (isCodeOfAppPasswordWanted(world.settings, visitor)) return 'it has no code';
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

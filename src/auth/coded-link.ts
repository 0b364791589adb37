import { askLinks, failureOf } from './chain.ts';
import { KeyringError } from './keyring.ts';
import type { BindAttempt, BindLink, LinkVerdict } from './link.ts';
import type { OneTimeCodes, ShownCode } from './one-time-codes.ts';
import type { BindUser } from './user-lookup.ts';

const codeLength = 6;
const codePattern = /^\d{6}$/;

/**
 * Links behind which people have one password each, as far as they are open to who binds. Where a one-time code is demanded, the
 * last six characters of the bind password are one, and are checked before any link sees the rest: so nobody who has no code can try
 * passwords, and Entra is not asked about any.
 */
export class CodedLink implements BindLink {
  readonly name = 'oneTimeCode';
  readonly #links: readonly BindLink[];
  readonly #codes: OneTimeCodes | undefined;

  /** Without `codes`, whoever has to show one gets in by none of the links. */
  constructor(links: readonly BindLink[], codes: OneTimeCodes | undefined) {
    this.#links = links;
    this.#codes = codes;
  }

  async verify(attempt: BindAttempt): Promise<LinkVerdict> {
    const { ruling, subject } = attempt;
    const open = this.#links.filter(({ name }) => ruling?.isOpen(name) !== false);
    const isCodeNeeded = ruling?.needsCode(this.name) === true;
    if (subject.kind !== 'user' || !isCodeNeeded) return await this.#ask(open, attempt);
    if (open.length === 0) return closed;
    return await this.#askCoded(open, attempt, subject.user);
  }

  async #ask(open: readonly BindLink[], attempt: BindAttempt): Promise<LinkVerdict> {
    const { link, verdict, trouble } = await askLinks(open, attempt);
    if (link !== undefined) return { ...verdict, by: link, trouble };
    return open.length < this.#links.length && attempt.subject.kind === 'user' ? closed : { kind: 'notMine' };
  }

  async #askCoded(open: readonly BindLink[], attempt: BindAttempt, user: BindUser): Promise<LinkVerdict> {
    const { password } = attempt;
    const code = password.subarray(-codeLength).toString('latin1');
    if (password.length <= codeLength || !codePattern.test(code)) return refused('the one-time code is missing');
    let shown: ShownCode | string | undefined;
    try {
      shown = this.#codes?.show(user, code) ?? 'a one-time code is demanded, and none are set up';
      if (typeof shown === 'string') return refused(shown);
      const verdict = await this.#ask(open, { ...attempt, password: password.subarray(0, -codeLength) });
      return await settled(verdict, shown, attempt);
    } catch (error) {
      if (error instanceof KeyringError) return unreadable(error, user);
      return failureOf(error, attempt.signal);
    }
  }
}

/** What is said of the whole, when it is known what is said of the password. */
async function settled(verdict: LinkVerdict, code: ShownCode, { address, signal }: BindAttempt): Promise<LinkVerdict> {
  const isDecided = verdict.kind === 'accepted' || verdict.kind === 'refused' || isTried(verdict);
  if (!isDecided) {
    code.giveBack();
    return verdict;
  }
  try {
    if (!(await code.spend(address))) return refused('the one-time codes were ended meanwhile');
  } catch (error) {
    // The code stays good: what was wrong behind it counts all the same, or it would let any number be tried.
    return { ...failureOf(error, signal), isTried: verdict.kind !== 'accepted' };
  }
  return verdict.kind === 'accepted' ? { ...verdict, isForOnce: true, hasCode: true } : verdict;
}

function isTried(verdict: LinkVerdict): boolean {
  return 'isTried' in verdict && (verdict.isTried ?? false);
}

/** The password may be right, and whether its code is nobody can tell: the administrator has to put the key back. */
function unreadable(error: KeyringError, { objectId }: BindUser): LinkVerdict {
  const reason = `one-time codes cannot be checked: ${error.message}`;
  return { kind: 'misconfigured', reason, seedOwner: objectId, isFinal: true };
}

function refused(reason: string): LinkVerdict {
  return { kind: 'refused', reason, denial: 'wrong', isForHere: true };
}

const closed: LinkVerdict = {
  kind: 'refused',
  reason: 'this way to log in is not open to the user here',
  denial: 'notAllowed',
  isForHere: true,
};

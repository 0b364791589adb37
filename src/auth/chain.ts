import { GateFullError } from './gate.ts';
import type { BindAttempt, BindLink, LinkName, LinkVerdict, Undecided } from './link.ts';

/** A verdict that stands. */
export type Verdict = Exclude<LinkVerdict, { kind: 'notMine' }>;

/** What became of a bind. `link` is who decided; undefined when none was asked, or none would have it. */
export interface Decision {
  readonly link: LinkName | undefined;
  readonly verdict: Verdict;
  /** What kept the first link from telling that could not, where another has had the last word. */
  readonly trouble?: Undecided;
}

/**
 * Asks the links in their order. The first that accepts or refuses decides; one that cannot tell leaves it to those behind
 * it, and is the answer when none of them decides. Default is to refuse. Never throws.
 */
export async function askLinks(links: readonly BindLink[], attempt: BindAttempt): Promise<Decision> {
  let undecided: { readonly link: LinkName; readonly verdict: Undecided } | undefined;
  let isTried = false;
  for (const link of links) {
    const verdict = await ask(link, attempt);
    isTried ||= 'isTried' in verdict && (verdict.isTried ?? false);
    if (verdict.kind === 'notMine') continue;
    if (verdict.kind === 'accepted' || verdict.kind === 'refused') {
      const trouble = undecided?.verdict ?? verdict.trouble;
      const decision = { link: verdict.by ?? link.name, verdict };
      return trouble === undefined ? decision : { ...decision, trouble };
    }
    undecided ??= { link: verdict.by ?? link.name, verdict };
    if (verdict.isFinal === true) break;
    // Nobody waits for an answer any more.
    if (attempt.signal.aborted) break;
  }
  if (undecided === undefined) return { link: undefined, verdict: nobodys(attempt) };
  return isTried ? { ...undecided, verdict: { ...undecided.verdict, isTried } } : undecided;
}

async function ask(link: BindLink, attempt: BindAttempt): Promise<LinkVerdict> {
  try {
    return await link.verify(attempt);
  } catch (error) {
    return failureOf(error, attempt.signal);
  }
}

/** What is said of a bind at which a link has thrown. */
export function failureOf(error: unknown, signal: AbortSignal): Extract<Verdict, { kind: 'busy' | 'unavailable' }> {
  if (error instanceof GateFullError) return { kind: 'busy', reason: 'too many binds wait' };
  if (signal.aborted) return { kind: 'unavailable', reason: 'the client has gone', isAbandoned: true };
  return { kind: 'unavailable', reason: 'an error of our own', cause: error };
}

function nobodys({ subject }: BindAttempt): Verdict {
  switch (subject.kind) {
    case 'unknown':
      return { kind: 'refused', reason: subject.reason, denial: 'noSuchUser' };
    case 'barred':
      return { kind: 'refused', reason: subject.reason, denial: 'disabled' };
    case 'user':
    case 'service':
      return { kind: 'refused', reason: 'nothing checks the password', denial: 'wrong' };
  }
}

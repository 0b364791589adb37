import type { OneTimeCodeAdmin } from '../../src/identity/one-time-code.ts';

/** Answers nothing unless told what; a question that no test asks fails the test. */
export function fakeOneTimeCodes(answers: Partial<OneTimeCodeAdmin> = {}): OneTimeCodeAdmin {
  const unasked = (): never => {
    throw new Error('the one-time codes were asked for');
  };
  return { create: unasked, list: unasked, revoke: unasked, ...answers };
}

import type { AppPasswordAdmin } from '../../src/identity/app-password.ts';

/** Answers nothing unless told what; a question that no test asks fails the test. */
export function fakeAppPasswords(answers: Partial<AppPasswordAdmin> = {}): AppPasswordAdmin {
  const unasked = (): never => {
    throw new Error('the app passwords were asked for');
  };
  return { create: unasked, list: unasked, revoke: unasked, ...answers };
}

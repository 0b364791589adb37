import type { AuthAdmin, AuthReport } from '../../src/identity/auth-report.ts';

/** Binds of a daemon that nobody has bound to. */
export const quietBinds: AuthReport = {
  entra: true,
  acceptProven: [],
  ntHashes: null,
  counts: { accepted: 0, refused: 0, busy: 0, unavailable: 0 },
  byLink: {},
  alarm: null,
  keysAlarm: null,
  rules: [],
  auditProblem: null,
  resting: 0,
  limited: 0,
  strangersHeld: false,
};

/** Answers nothing unless told what; a question that no test asks fails the test. */
export function fakeAuth(answers: Partial<AuthAdmin> = {}): AuthAdmin {
  const unasked = (): never => {
    throw new Error('the administration of binds was asked');
  };
  return {
    report: unasked,
    shield: unasked,
    unlock: unasked,
    events: unasked,
    followEvents: unasked,
    lastRefusal: unasked,
    ...answers,
  };
}

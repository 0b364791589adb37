import type { Inspection } from '../../src/identity/inspection.ts';

/** Answers nothing unless told what; a question that no test asks fails the test. */
export function fakeInspection(answers: Partial<Inspection> = {}): Inspection {
  const unasked = (): never => {
    throw new Error('the inspection was asked');
  };
  return { explain: unasked, objects: unasked, conflicts: unasked, ids: unasked, domains: unasked, ...answers };
}

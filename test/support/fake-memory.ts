import type { MemoryApi } from '../../src/identity/memory.ts';

/** Answers nothing unless told what; a question that no test asks fails the test. */
export function fakeMemory(answers: Partial<MemoryApi> = {}): MemoryApi {
  const unasked = (): never => {
    throw new Error('the memory was asked');
  };
  return {
    returnPoints: unasked,
    planRollback: unasked,
    rollBack: unasked,
    clear: unasked,
    history: unasked,
    logs: unasked,
    ...answers,
  };
}

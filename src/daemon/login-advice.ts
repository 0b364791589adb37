import { refusalText } from '../graph/examine-sign-in.ts';
import type { AuthAdmin } from '../identity/auth-report.ts';
import type { Inspection } from '../identity/inspection.ts';

/** Explains users together with why Entra has last refused them, and what to do about it (PAIN-01). */
export function explainingLogins(inspection: Inspection, auth: Pick<AuthAdmin, 'lastRefusal'>): Inspection {
  return {
    ...inspection,
    async explain(request) {
      const answer = await inspection.explain(request);
      const bind = answer.found === 'one' ? answer.explanation.bind : null;
      const last = answer.found === 'one' ? auth.lastRefusal(answer.explanation.objectId) : undefined;
      if (answer.found !== 'one' || bind === null || last === undefined) return answer;
      const lastRefusal = { ...last, ...refusalText(last.aadsts) };
      return { ...answer, explanation: { ...answer.explanation, bind: { ...bind, lastRefusal } } };
    },
  };
}

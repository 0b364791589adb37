import { GroupLookup } from '../auth/group-lookup.ts';
import { LinkPolicy } from '../auth/link-policy.ts';
import { createUserLookup } from '../auth/user-lookup.ts';
import type { Config } from '../config/config.ts';
import { standardSchema } from '../directory/schema.ts';
import { refusalText } from '../graph/examine-sign-in.ts';
import type { AuthAdmin } from '../identity/auth-report.ts';
import type { BindWays } from '../identity/bind-rule.ts';
import { parseObjectId } from '../identity/ids.ts';
import type { BindReport, Explanation, Inspection } from '../identity/inspection.ts';
import type { Store } from '../store/store.ts';

/** Which ways to log in are open to a user; undefined for nobody in the directory. */
export type WaysOf = (objectId: string) => BindWays | undefined;

/** Tells which ways to log in are open, by the configuration that is in use when it is asked. */
export function waysToBind(config: () => Config, store: Store): WaysOf {
  const users = createUserLookup(store.source, standardSchema);
  const groups = new GroupLookup(store.source, standardSchema);
  return (objectId) => {
    const found = users.byObjectId(objectId);
    const id = parseObjectId(objectId);
    if (found.kind !== 'user' || id === undefined) return undefined;
    const { bind, serviceAccounts } = config();
    const policy = new LinkPolicy({ bind, serviceAccounts, groups });
    return { places: policy.placesOf(found.user), hasCodes: store.oneTimeCodes.of(id) !== undefined };
  };
}

/** Explains users together with the ways to log in that are open to them, and the rules that say so (P9). */
export function explainingWays(inspection: Inspection, waysOf: WaysOf): Inspection {
  return explainingBinds(inspection, (bind, { objectId, state }) => {
    const ways = state === 'shown' ? waysOf(objectId) : undefined;
    return ways === undefined ? bind : { ...withWays(bind, ways), ways };
  });
}

/** Explains users together with why Entra has last refused them, and what to do about it (PAIN-01). */
export function explainingLogins(inspection: Inspection, auth: Pick<AuthAdmin, 'lastRefusal'>): Inspection {
  return explainingBinds(inspection, (bind, { objectId }) => {
    const last = auth.lastRefusal(objectId);
    return last === undefined ? bind : { ...bind, lastRefusal: { ...last, ...refusalText(last.aadsts) } };
  });
}

function explainingBinds(
  inspection: Inspection,
  more: (bind: BindReport, explanation: Explanation) => BindReport,
): Inspection {
  return {
    ...inspection,
    async explain(request) {
      const answer = await inspection.explain(request);
      if (answer.found !== 'one' || answer.explanation.bind === null) return answer;
      const { explanation } = answer;
      return { ...answer, explanation: { ...explanation, bind: more(answer.explanation.bind, explanation) } };
    },
  };
}

/** A way may be closed to the one that is said to be able to log in, and app passwords be open to the one that is not. */
function withWays(bind: BindReport, { places }: BindWays): BindReport {
  const isOpen = (...names: readonly string[]): boolean =>
    places.some(({ switches }) => switches.some(({ name, isOn }) => isOn && names.includes(name)));
  if (bind.isPossible && !isOpen('local', 'appPasswords', 'entra')) {
    return { isPossible: false, explanation: 'refused, because no way to log in is open' };
  }
  if (!isOpen('appPasswords') || (bind.isPossible && isOpen('entra'))) return bind;
  return { isPossible: true, explanation: 'by an app password alone' };
}

import type { AdminApi } from '../../identity/admin.ts';
import type { Door } from './door.ts';

/** Adds what can be done: synchronize, decide about what is held back, read the domains anew, unlock. */
export function addActions(door: Door, api: AdminApi): void {
  // FAM-27, FOX-05: it returns at once, and a round that runs already is not started twice.
  door.action('/sync', 'sync', '/', (form) => {
    const full = form('full') === 'yes';
    const { started, round } = api.requestSync({ full });
    const text = started
      ? `Round ${round} has begun${full ? ' and reads everything anew' : ''}.`
      : `Round ${round} was running already, so none was started.`;
    return { flash: { tone: started ? 'good' : 'busy', text }, to: '/' };
  });
  door.action('/held/decide', 'approve', '/held', async (form) => {
    const decision = form('decision') === 'approved' ? 'approved' : 'rejected';
    const { hold, round } = await api.decideHold({ hold: Number(form('change') ?? 0), decision });
    const text =
      decision === 'approved'
        ? `Change ${hold.hold} is approved${round === null ? '' : `; round ${round} publishes it`}.`
        : `Change ${hold.hold} is rejected: rounds go on without it.`;
    return { flash: { tone: 'good', text }, to: '/held' };
  });
  door.action('/domains/refresh', 'sync', '/domains', async () => {
    const { problem, domains } = await api.inspection.domains({ refresh: true });
    return problem === null
      ? {
          flash: {
            tone: 'good',
            text: `Entra lists ${domains.filter(({ isVerified }) => isVerified).length} verified domains.`,
          },
          to: '/domains',
        }
      : { flash: { tone: 'bad', text: problem }, to: '/domains' };
  });
  door.action('/unlock', 'unlock', '/audit', (form) => {
    const name = form('name') ?? '';
    const outcome = api.auth.unlock(name);
    if (outcome === undefined)
      return { flash: { tone: 'bad', text: `Nobody is called “${name}” any more.` }, to: '/audit' };
    const text = outcome.wasHeld ? `${outcome.name} may try again.` : `Nothing stood against ${outcome.name}.`;
    return { flash: { tone: 'good', text }, to: '/audit' };
  });
}

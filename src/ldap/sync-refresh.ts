import type { ChangeHistory } from '../directory/reader.ts';
import type { ClientState } from './sync-cookies.ts';

/**
 * How a client is brought up to date (RFC 4533 §3.3). `changes`: by what has changed since the directory with this stamp.
 * `everything`: by all entries, those that have not changed since by their UUIDs only. `refuse`: not at all, it must begin anew.
 */
export type Refresh =
  | { readonly kind: 'changes'; readonly sinceMs: number }
  | { readonly kind: 'everything'; readonly unchangedSinceMs: number | undefined }
  | { readonly kind: 'refuse'; readonly reason: 'unknown' | 'ahead' };

/** Decides how to refresh what a client has. */
export function planRefresh(
  state: ClientState,
  history: Pick<ChangeHistory, 'stampMs' | 'knownSinceMs'>,
  reloadHint: boolean,
): Refresh {
  if (state.kind === 'nothing') return { kind: 'everything', unchangedSinceMs: undefined };
  // What a client has from later than now cannot be from here, and OpenLDAP's consumer would take no older cookie in its place.
  if (state.stampMs > history.stampMs) return { kind: 'refuse', reason: 'ahead' };
  if (state.kind === 'unknown') {
    return reloadHint ? { kind: 'everything', unchangedSinceMs: undefined } : { kind: 'refuse', reason: 'unknown' };
  }
  return state.stampMs >= history.knownSinceMs
    ? { kind: 'changes', sinceMs: state.stampMs }
    : { kind: 'everything', unchangedSinceMs: state.stampMs };
}

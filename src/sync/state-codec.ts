import { initialSyncState, type SyncState } from './sync-state.ts';

const VERSION = 1;

/** Writes the state for the store. */
export function encodeSyncState(state: SyncState): string {
  return JSON.stringify({ version: VERSION, state });
}

/**
 * Reads a stored state. One that this program does not understand gives the initial state, which leads to a full round: what
 * is published stays, and the round removes only what it did not see.
 */
export function decodeSyncState(text: string): SyncState {
  const stored: unknown = JSON.parse(text);
  if (
    typeof stored === 'object' &&
    stored !== null &&
    'version' in stored &&
    stored.version === VERSION &&
    'state' in stored
  ) {
    return stored.state as SyncState;
  }
  return initialSyncState;
}

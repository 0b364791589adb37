import type { Config } from '../config/config.ts';
import type { OverlayFinding, OverlayReport } from '../identity/overlay.ts';
import { overlayLineDoubted } from '../observability/events.ts';
import type { Log } from '../observability/log.ts';
import type { Projector } from '../projection/projector.ts';
import type { Store } from '../store/store.ts';
import { OverlaidMirror } from '../sync/overlaid-mirror.ts';

/** Tells of lines of overlay files that have no effect, or another than they seem to have, once each. */
export class OverlayReporter {
  readonly #mirror: () => OverlaidMirror;
  readonly #log: Log;
  #reported = new Set<string>();

  constructor(mirror: () => OverlaidMirror, log: Log) {
    this.#mirror = mirror;
    this.#log = log;
  }

  /** Null where the configuration names no overlay files. */
  get current(): OverlayReport | null {
    const { report } = this.#mirror();
    return report.files.length === 0 ? null : report;
  }

  report(): void {
    const findings = this.current?.findings ?? [];
    for (const finding of findings) {
      const { place, about, kind } = finding;
      if (!this.#reported.has(keyOf(finding))) overlayLineDoubted(this.#log, { ...place, about, finding: kind });
    }
    this.#reported = new Set(findings.map(keyOf));
  }
}

function keyOf({ place, about, kind }: OverlayFinding): string {
  return JSON.stringify([place.file, place.line, about, kind]);
}

/** The mirror with the overlay over it, for a process that holds the store alone. */
export async function openOverlaid(store: Store, projector: Projector): Promise<OverlaidMirror> {
  const mirror = OverlaidMirror.over(store, projector);
  await mirror.refresh(new AbortController().signal);
  return mirror;
}

/** Whether the overlay has a password for one of its users. */
export function localPasswords({ localAccounts }: Config): (objectId: string) => boolean {
  const ids = new Set<string>(
    localAccounts.flatMap((each) => (each.passwordHash === undefined ? [] : [each.objectId])),
  );
  return (objectId) => ids.has(objectId);
}

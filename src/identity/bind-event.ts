/** Who has bound, or has tried to: the audit trail. Personal data, kept as long as the configuration says and no longer. */

/** How a bind ended. `busy` and `unavailable`: it could not be decided. */
export const bindVerdicts = ['accepted', 'refused', 'busy', 'unavailable'] as const;

/** One of {@link bindVerdicts}. */
export type BindVerdictWord = (typeof bindVerdicts)[number];

/** One bind, or several alike within a second. There is no place for a password in it. */
export interface BindEvent {
  /** The time of the answer to the last of them, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly verdict: BindVerdictWord;
  /** What the client sent, cut to {@link bindNameMax} characters; empty when there were too many to tell apart. */
  readonly name: string;
  /** The DN of whom it stands for, or null for nobody. */
  readonly dn: string | null;
  /** The object id of the user, or null. */
  readonly objectId: string | null;
  readonly address: string;
  /** Whether TLS protected the connection. */
  readonly secure: boolean;
  /**
   * Which link of the chain decided (`service`, `certificate`, `local`, `appPassword`, `oneTimeCode`, `remembered`, `entra`), or null
   * when none was asked.
   */
  readonly link: string | null;
  /** Whether it was decided from memory, without a check. */
  readonly remembered: boolean;
  /** Why it was not accepted, or null. */
  readonly reason: string | null;
  /** The number of Entra's error code, or null. */
  readonly aadsts: number | null;
  /** Under which Microsoft's sign-in logs have the request, or null. */
  readonly correlationId: string | null;
  /** How long the last of them took. */
  readonly durationMs: number;
  readonly count: number;
}

/** Longer names are cut in the audit trail. */
export const bindNameMax = 256;

/** Which events to read. */
export interface BindEventQuery {
  /** Only of this user or service account: by what the client sent, DN, short name or object id, in any letter case. */
  readonly user: string | undefined;
  readonly address: string | undefined;
  readonly verdict: BindVerdictWord | undefined;
  /** Only from then on; milliseconds since the epoch. */
  readonly sinceMs: number | undefined;
  /** Only so many, the newest. */
  readonly newest: number;
}

/** How much of the audit trail is kept: what is beyond any of these goes, the oldest first. */
export interface BindEventRetention {
  readonly ageMs: number;
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/** How many events one query may answer with. */
export const bindEventsMax = 10_000;

/** Keeps the audit trail. */
export interface BindEventStore {
  /** Adds events in the order of their times, and drops what is beyond `retention`. Rejects when it cannot. */
  append(events: readonly BindEvent[], retention: BindEventRetention, nowMs: number): Promise<void>;
  /** Those that a query asks for, in the order of their times. */
  read(query: BindEventQuery): Promise<readonly BindEvent[]>;
}

/** Whether a query asks for an event. */
export function isAskedFor(event: BindEvent, { user, address, verdict, sinceMs }: BindEventQuery): boolean {
  return (
    (verdict === undefined || event.verdict === verdict) &&
    (address === undefined || event.address === address) &&
    (sinceMs === undefined || event.atMs >= sinceMs) &&
    (user === undefined || namesOf(event).includes(user.toLowerCase()))
  );
}

function namesOf({ name, dn, objectId }: BindEvent): string[] {
  const lower = dn?.toLowerCase() ?? '';
  const shortName = /^[^=,+]+=((?:[^,+\\]|\\.)*)/.exec(lower)?.[1] ?? '';
  return [name.toLowerCase(), lower, shortName, objectId ?? ''].filter((each) => each !== '');
}

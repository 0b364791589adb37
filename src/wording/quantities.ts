/** A whole number with commas between the thousands. */
export function count(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A number with its noun: `1 group`, `1,200 groups`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

const steps = [
  { unit: 'd', ms: 86_400_000, below: 'h', belowMs: 3_600_000 },
  { unit: 'h', ms: 3_600_000, below: 'min', belowMs: 60_000 },
  { unit: 'min', ms: 60_000, below: 's', belowMs: 1000 },
] as const;

/** A span of time in its two largest units: `340 ms`, `1.2 s`, `3 min 5 s`, `2 d 4 h`. Negative spans count as none. */
export function duration(spanMs: number): string {
  const ms = Math.max(0, spanMs);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const step = steps.find((candidate) => ms >= candidate.ms) ?? steps[2];
  const below = Math.round((ms % step.ms) / step.belowMs);
  const carried = below * step.belowMs === step.ms ? 1 : 0;
  const whole = Math.floor(ms / step.ms) + carried;
  return below === 0 || carried === 1 ? `${whole} ${step.unit}` : `${whole} ${step.unit} ${below} ${step.below}`;
}

/** A moment in UTC to the second: `2026-11-21 10:59:03Z`. */
export function moment(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** Where a server listens. */
interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** An address as an LDAP URL (RFC 4516). */
export function ldapUrl(address: ServerAddress): string {
  return urlOf('ldap', address);
}

/** An address as an HTTP URL. */
export function httpUrl(address: ServerAddress): string {
  return urlOf('http', address);
}

function urlOf(scheme: string, { host, port, tls }: ServerAddress): string {
  return `${scheme}${tls ? 's' : ''}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

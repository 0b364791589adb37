/**
 * Change sequence numbers in the syntax of OpenLDAP (1.3.6.1.4.1.4203.666.11.2.1), whose order as text is the order of the
 * changes: when, which of the changes of that moment, by which server, and what OpenLDAP calls the modification number.
 *
 *     20261121140102.045000Z#00000a#000#000000
 */

/** The parts of a change sequence number that vary here; the server is always 0. */
export interface ChangeNumber {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  /** From 0 to {@link changeCountMax}. */
  readonly count: number;
  /** From 0 to 0xffffff. */
  readonly modification: number;
}

/** The largest count: greater than that of any entry, it stands for everything that was published at a time. */
export const changeCountMax = 0xff_ff_ff;

const pattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\.(\d{3})\d{3}Z#([\da-f]{6})#000#([\da-f]{6})$/i;

/** The text of a change number. */
export function formatChangeNumber({ timeMs, count, modification }: ChangeNumber): string {
  const [seconds = '', millis = ''] = new Date(timeMs)
    .toISOString()
    .replaceAll(/[-:TZ]/g, '')
    .split('.');
  return `${seconds}.${millis}000Z#${hex(count)}#000#${hex(modification)}`;
}

/** The parts of a change number that this server may have made; undefined for any other text. */
export function parseChangeNumber(text: string): ChangeNumber | undefined {
  const [, year, month, day, hour, minute, second, millis, count = '', modification = ''] = pattern.exec(text) ?? [];
  if (year === undefined) return undefined;
  const timeMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millis}Z`);
  if (Number.isNaN(timeMs)) return undefined;
  return { timeMs, count: Number.parseInt(count, 16), modification: Number.parseInt(modification, 16) };
}

function hex(number: number): string {
  return number.toString(16).padStart(6, '0');
}

/** What the exit code of every command says, so that scripts need not read messages. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  config: 3,
  source: 4,
  store: 5,
  notRunning: 6,
  listen: 7,
  refused: 8,
  held: 9,
  interrupted: 130,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done',
  unexpected: 'something unexpected; the message says what',
  usage: 'the command line is wrong',
  config: 'the configuration is missing or wrong',
  source: 'Entra or Microsoft Graph refused or did not answer, or the round failed',
  store: 'the store is in use by another process, foreign, damaged or not accessible',
  notRunning: 'no running daemon answers',
  listen: 'an address to listen at is in use or not allowed',
  refused: 'what was asked for cannot be done as things are; the message says why',
  held: 'a change that reaches too far is held back; entra-ldapd sync held lists it',
  interrupted: 'stopped by a signal before it was done',
};

/** The table of exit codes as it ends every help text. */
export function exitCodesText(): string {
  const rows = (Object.keys(exitCodes) as (keyof typeof exitCodes)[]).map(
    (name) => `  ${String(exitCodes[name]).padStart(3)}  ${meanings[name]}`,
  );
  return ['Exit codes:', ...rows].join('\n');
}

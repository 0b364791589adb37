import type { Finding, Verdict } from '../../identity/examination.ts';
import type { Output } from '../shell.ts';
import { counted } from '../../wording/quantities.ts';

/** How a verdict is written: a word that stands without its colour, and the colour (ECMA-48 SGR). */
const words: Readonly<Record<Verdict, readonly [word: string, colour: number]>> = {
  good: ['ok', 32],
  doubtful: ['warn', 33],
  bad: ['FAIL', 31],
  skipped: ['-', 90],
};

/** Whether to write colours: on a terminal, unless `NO_COLOR` is set to anything (https://no-color.org). */
export function usesColour(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  return output.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

const subjectWidth = 28;

/** One finding on a line, with what to do about it on the next. */
export function findingText({ subject, verdict, finding, fix }: Finding, colour: boolean): string {
  const [word, code] = words[verdict];
  const padded = word.padEnd(4);
  const mark = colour ? `\u001b[${code}m${padded}\u001b[0m` : padded;
  // A name from the tenant must not steer the terminal.
  const line = `${mark}  ${plain(subject).padEnd(subjectWidth)}  ${plain(finding)}`;
  return fix === null ? line : `${line}\n${' '.repeat(6)}-> ${plain(fix)}`;
}

function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}

/** The sentence at the end. */
export function verdictText(findings: readonly Finding[]): string {
  const count = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  const [bad, doubtful] = [count('bad'), count('doubtful')];
  const doubts = doubtful === 0 ? '' : `, ${counted(doubtful, 'warning')}`;
  if (bad === 0) return `Everything needed is there${doubts}.`;
  return `${counted(bad, 'problem')}${doubts}.`;
}

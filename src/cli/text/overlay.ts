import type { OverlayReport } from '../../identity/overlay.ts';
import { count, counted } from '../../wording/quantities.ts';
import { findingText } from '../../wording/overlay.ts';

/** Findings that are listed one by one. */
const findingsShown = 10;

/** The row of `status` about the overlay files; none where there are none. */
export function overlayRows(report: OverlayReport | null): (readonly [string, string])[] {
  if (report === null) return [];
  const { files, users, groups, members, overrides, findings } = report;
  const facts = [
    counted(users, 'user'),
    counted(groups, 'group'),
    counted(members, 'further member'),
    `${counted(overrides, 'object')} changed`,
  ];
  // A line with several unknown names has as many findings, all of which say the same.
  const said = [...new Set(findings.map(findingText))];
  const more = said.length - findingsShown;
  const lines = [
    `${counted(files.length, 'file')}: ${facts.join(', ')}`,
    ...said.slice(0, findingsShown),
    ...(more > 0 ? [`and ${count(more)} more lines to look at`] : []),
  ];
  return [['Overlay', lines.join('\n')]];
}

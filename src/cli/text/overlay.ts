import type { OverlayFinding, OverlayPart, OverlayReport } from '../../identity/overlay.ts';
import { count, counted } from './quantities.ts';
import { printable } from './printable.ts';

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

const subjects: Readonly<Record<OverlayFinding['about'], string>> = {
  user: 'the user',
  group: 'the group',
  member: 'the member',
  override: 'the one whose attributes are changed',
};

/** A line of an overlay file that does not do what it says, as a clause. */
export function findingText({ place: { file, line }, about, kind }: OverlayFinding): string {
  const at = `${printable(file)}:${line}: `;
  switch (kind) {
    case 'none':
      return `${at}nothing is known by the name of ${subjects[about]}; it has no effect until there is`;
    case 'several':
      return `${at}several answer to the name of ${subjects[about]}, so it has no effect; use an object id`;
    case 'merged':
      return `${at}the user is in the tenant too, so the two are one, and Entra checks the password`;
    case 'notForKind':
      return `${at}says something that entries of this kind do not have; that is left out`;
  }
}

/** What overlay files say of one object, a line for each attribute. */
export function overlayLines(parts: readonly OverlayPart[]): readonly string[] {
  return parts.flatMap(({ place: { file, line }, changes, isLocked }) => {
    const said = [
      ...(isLocked ? ['enabled: false'] : []),
      ...changes.map(
        ([name, values]) => `${name}: ${values.length === 0 ? 'removed' : values.map(printable).join(', ')}`,
      ),
    ];
    return (said.length === 0 ? ['is added'] : said).map((each) => `${printable(file)}:${line}  ${each}`);
  });
}

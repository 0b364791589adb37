/** What overlay files say, in lines for an administrator. */
import type { OverlayFinding, OverlayPart } from '../identity/overlay.ts';
import { printable } from './printable.ts';

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

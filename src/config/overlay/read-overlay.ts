/** Reads the overlay files that a configuration names, and finds all that is wrong with them at once. */
import { createHash } from 'node:crypto';
import { noOverlay, type Overlay } from '../../projection/overlay.ts';
import { text } from '../../projection/values.ts';
import type { ConfigProblem } from '../problem.ts';
import { readTextFile, type Substitutions } from '../substitute.ts';
import { readOverlayCsv } from './overlay-csv.ts';
import { readOverlayYaml } from './overlay-yaml.ts';
import type { KnownSchema, LocalAccount, OverlayPieces } from './pieces.ts';
import { FileProblems } from './problems.ts';

/** Which files to read, and what they may look at. */
export interface OverlaySources extends Substitutions {
  /** In the order in which they count: as written in the configuration, and as seen from where the program runs. */
  readonly files: readonly { readonly path: string; readonly file: string }[];
  readonly schema: KnownSchema;
}

/** What the files say; whatever is wrong with them is left out of it. */
export interface ReadOverlay {
  readonly overlay: Overlay;
  readonly accounts: readonly LocalAccount[];
  readonly problems: readonly ConfigProblem[];
}

/** Reads all files. Never throws. */
export function readOverlay(sources: OverlaySources): ReadOverlay {
  const problems: ConfigProblem[] = [];
  const pieces: OverlayPieces[] = [];
  for (const { path, file } of sources.files) {
    const own = new FileProblems(file);
    const piece = readPieces(path, file, sources, own);
    if (piece !== undefined) pieces.push(piece);
    problems.push(...own.list);
  }
  const accounts = pieces.flatMap((piece) => piece.accounts);
  const overlay = joined(
    sources.files.map(({ file }) => file),
    pieces,
  );
  return { overlay, accounts, problems: [...problems, ...repeated(overlay)] };
}

function readPieces(
  path: string,
  file: string,
  sources: OverlaySources,
  problems: FileProblems,
): OverlayPieces | undefined {
  const content = readTextFile(path, sources.readFile);
  if ('problem' in content) {
    problems.add({ line: 1, column: 1, key: '', message: `this overlay file ${content.problem}` });
    return undefined;
  }
  switch (/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase()) {
    case 'yaml':
    case 'yml':
      return readOverlayYaml(file, content.value, sources, sources.schema, problems);
    case 'csv':
      return readOverlayCsv(file, content.value, sources.schema, problems);
    default:
      problems.add({
        line: 1,
        column: 1,
        key: '',
        message: 'the name of an overlay file must end in .yaml, .yml or .csv',
      });
      return undefined;
  }
}

function joined(files: readonly string[], pieces: readonly OverlayPieces[]): Overlay {
  if (files.length === 0) return noOverlay;
  const content = {
    users: pieces.flatMap(({ users }) => users),
    groups: pieces.flatMap(({ groups }) => groups),
    members: pieces.flatMap(({ members }) => members),
    overrides: pieces.flatMap(({ overrides }) => overrides),
    everyone: pieces.flatMap(({ everyone }) => everyone),
  };
  // Where something stands changes nothing of what it says.
  const said = JSON.stringify(Object.values(content).map((each) => each.map(withoutPlace)));
  const digest = createHash('sha256').update(said).digest('hex').slice(0, 32);
  return { digest, files, ...content };
}

function withoutPlace({ place: _place, ...rest }: { readonly place: unknown }): object {
  return rest;
}

/** Local users and groups that are there twice, in one file or in two. */
function repeated({ users, groups }: Overlay): readonly ConfigProblem[] {
  const found: ConfigProblem[] = [];
  const seen = new Map<string, { readonly file: string; readonly line: number }>();
  for (const { kind, names, place } of [
    ...users.map(({ properties, uid, place }) => ({
      kind: 'user',
      names: [uid, text(properties, 'userPrincipalName')],
      place,
    })),
    ...groups.map(({ properties, place }) => ({ kind: 'group', names: [text(properties, 'displayName')], place })),
  ]) {
    for (const name of names) {
      if (name === undefined) continue;
      const key = `${kind} ${name.toLowerCase()}`;
      const other = seen.get(key);
      seen.set(key, place);
      if (other === undefined) continue;
      const message = `is a ${kind} that stands in ${other.file}, line ${other.line}, too; keep one of them`;
      found.push({ ...place, column: 1, key: '', message });
    }
  }
  return found;
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** One Markdown file. */
export interface MarkdownFile {
  /** Path below the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A piece of code in a document: one line of a fenced block, or one span between backticks. */
export interface CodePiece {
  readonly path: string;
  readonly text: string;
}

const skipped = /^(?:\..*|node_modules|dist.*|coverage|data)$/;

/** Every Markdown file that belongs to the project, in a stable order. */
export function markdownFiles(root: string, folder = root): readonly MarkdownFile[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): readonly MarkdownFile[] => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return skipped.test(entry.name) ? [] : markdownFiles(root, path);
      if (!entry.name.endsWith('.md')) return [];
      return [{ path: relative(root, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }];
    });
}

/** Why the relative links of a file lead nowhere: to a file that is not there, out of the root, or to no heading. */
export function brokenLinks(root: string, file: MarkdownFile): readonly string[] {
  return linksOf(file.text).flatMap((link) => {
    const [target = '', anchor] = link.split('#', 2);
    const path = target === '' ? join(root, file.path) : resolve(root, dirname(file.path), target);
    if (relative(root, path).startsWith('..')) return [`${file.path}: ${link} leaves the project`];
    if (!existsSync(path)) return [`${file.path}: ${link} is not there`];
    if (anchor === undefined || anchorsOf(readFileSync(path, 'utf8')).has(anchor)) return [];
    return [`${file.path}: ${link} names no heading`];
  });
}

/** The relative links of a document, code left out. */
export function linksOf(text: string): readonly string[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '');
  const inline = [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)];
  const references = [...prose.matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...references].flatMap(([, link = '']) => (/^[a-z][a-z+.-]*:/i.test(link) ? [] : [link]));
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#{1,6} +(.+)$/gm)];
  return new Set(
    headings.map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Spans between backticks outside of fenced blocks. */
export function codeSpans({ path, text }: MarkdownFile): readonly CodePiece[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => ({ path, text: span }));
}

/** Lines a reader is to type: those of `sh` blocks, and those after a `$` in blocks that show output. */
export function shellLines({ path, text }: MarkdownFile): readonly CodePiece[] {
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)];
  return blocks.flatMap(([, language, body = '']) =>
    body.split('\n').flatMap((line): readonly CodePiece[] => {
      if (language === 'sh') return [{ path, text: line }];
      return line.startsWith('$ ') ? [{ path, text: line.slice(2) }] : [];
    }),
  );
}

/** The cells of every table row below a heading or the start of a line, header and ruler left out. */
export function tableRows(text: string, header: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${header} |`));
  if (start === -1) return [];
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end === -1 ? undefined : end).map((line) =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** The texts between backticks in a table cell. */
export function codeIn(cell: string | undefined): readonly string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

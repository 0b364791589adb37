/**
 * String preparation for matching (RFC 4518): two values match when their prepared forms are equal.
 *
 * Of the six steps this file does transcoding, mapping, normalization (NFKC) and insignificant character handling. The
 * prohibit step refuses malformed UTF-8 only: RFC 4518 §2.4 also prohibits what Unicode 3.2 had not assigned, and people
 * have such characters in their names. The bidi step changes nothing (§2.5).
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 octets, or undefined when they are not UTF-8. */
export function decodeUtf8(value: Buffer): string | undefined {
  try {
    return utf8.decode(value);
  } catch {
    return undefined;
  }
}

const asciiWithoutControls = /^[\x20-\x7e]*$/;

// RFC 4518 §2.2: controls and characters that only steer layout are mapped to nothing …
const mappedToNothing =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- these are the code points that §2.2 lists
  /[\u{0}-\u{8}\u{e}-\u{1f}\u{7f}-\u{84}\u{86}-\u{9f}\u{ad}\u{34f}\u{6dd}\u{70f}\u{1806}\u{180b}-\u{180e}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{2063}\u{206a}-\u{206f}\u{fe00}-\u{fe0f}\u{feff}\u{fff9}-\u{fffc}\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/gu;

// … and every kind of white space to SPACE.
// oxlint-disable-next-line no-control-regex -- tabulator, line feed and their like are meant
const mappedToSpace = /[\u{9}-\u{d}\u{85}\p{Z}]/gu;

// §2.6.1: a SPACE that carries a combining mark is a letter's base and no space.
const spaces = / +(?!\p{M})/gu;
const outerSpaces = /^ +(?!\p{M})| +$/gu;

/**
 * Full case folding. JavaScript has none; lower, upper, lower gives it for every character but the dotless ı, which must not
 * become i. Of all letters only the sigma is written otherwise at the end of a word, so that a text is folded as its parts are.
 */
function foldCase(text: string): string {
  if (asciiWithoutControls.test(text)) return text.toLowerCase();
  if (text.includes('ı')) return text.split('ı').map(foldCase).join('ı');
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

function map(text: string): string {
  return text.replace(mappedToNothing, '').replace(mappedToSpace, ' ');
}

// Canonical ordering sorts the combining marks on one letter by insertion, which takes quadratic time. No language puts more
// than a few on one, so a U+034F, later mapped to nothing, parts longer runs, as the Stream-Safe Text Format does (UAX #15 §13).
const marksMax = 30;
const manyMarks = /\p{M}{30}(?=\p{M})/gu;

function toNfkc(text: string): string {
  return (text.length <= marksMax ? text : text.replace(manyMarks, '$&\u034f')).normalize('NFKC');
}

/** Mapping and normalization without the handling of insignificant characters (RFC 4518 §2.2, §2.3). */
function normalize(text: string, foldsCase: boolean): string {
  if (asciiWithoutControls.test(text)) return foldsCase ? text.toLowerCase() : text;
  const mapped = map(text);
  if (!foldsCase) return map(toNfkc(mapped));
  const composed = toNfkc(foldCase(mapped));
  // Compatibility decomposition can uncover upper case (℡ is TEL), so folding comes once more after it.
  const folded = foldCase(composed);
  return map(folded === composed && composed.length <= marksMax ? composed : toNfkc(folded));
}

function squash(text: string): string {
  return text.replace(spaces, ' ').replace(outerSpaces, '');
}

/** The prepared form under caseIgnoreMatch: folded, without outer spaces, inner runs of spaces as one. */
export function prepareCaseIgnore(text: string): string {
  return squash(normalize(text, true));
}

/** The prepared form under caseExactMatch: without outer spaces, inner runs of spaces as one. */
export function prepareCaseExact(text: string): string {
  return squash(normalize(text, false));
}

/** The prepared form under numericStringMatch: all spaces are insignificant (RFC 4518 §2.6.2). */
export function prepareNumericString(text: string): string {
  return normalize(text, false).replace(spaces, '');
}

const telephoneInsignificant = /[-\u{58a}\u{2010}\u{2011}\u{2212}\u{fe63}\u{ff0d}]| +(?!\p{M})/gu;

/** The prepared form under telephoneNumberMatch: spaces and hyphens are insignificant (RFC 4518 §2.6.3). */
export function prepareTelephoneNumber(text: string): string {
  return normalize(text, true).replace(telephoneInsignificant, '');
}

/**
 * A prepared value as substrings are looked for in it: RFC 4518 §2.6.1 wants one space at each end and two for each
 * inner one, so that `*a *` and `* b*` can both find theirs in `a b`.
 */
export function spaceForSubstrings(prepared: string): string {
  return prepared === '' ? '  ' : ` ${prepared.replace(spaces, '  ')} `;
}

/** Where in the assertion a substring stands. */
export type SubstringPosition = 'initial' | 'any' | 'final';

/**
 * Prepares one substring of an assertion (RFC 4518 §2.6.1): inner spaces as in {@link spaceForSubstrings}; spaces at an
 * open end shrink to one, and the closed end of `initial` and `final` gets the one that the value has there.
 */
export function prepareSubstring(text: string, position: SubstringPosition, foldsCase: boolean): string {
  const normalized = normalize(text, foldsCase);
  const inner = squash(normalized);
  if (inner === '') return normalized === '' ? '' : ' ';
  const spaced = inner.replace(spaces, '  ');
  const before = position === 'initial' || /^ (?!\p{M})/u.test(normalized) ? ' ' : '';
  const after = position === 'final' || normalized.endsWith(' ') ? ' ' : '';
  return before + spaced + after;
}

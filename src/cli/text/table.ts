/** Rows of cells as text: the first column to the left, the others to the right, two blanks between. */
export function table(rows: readonly (readonly string[])[]): string {
  return aligned(rows, (column) => column === 0);
}

/** Rows of cells as text: all columns to the left, two blanks between. */
export function columns(rows: readonly (readonly string[])[]): string {
  return aligned(rows, () => true);
}

function aligned(rows: readonly (readonly string[])[], isLeft: (column: number) => boolean): string {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, isLeft(column)))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

/** Names and what they are, one a line, with the second column aligned; further lines of a value are indented. */
export function properties(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => displayWidth(name)));
  const indent = ' '.repeat(width + 2);
  return rows.map(([name, value]) => `${pad(name, width, true)}  ${value.replaceAll('\n', `\n${indent}`)}`).join('\n');
}

function pad(text: string, width: number, left: boolean): string {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return left ? text + fill : fill + text;
}

// Terminals give East Asian wide characters two cells and combining marks none (Unicode TR11); names of tenants have both.
function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    if (/\p{Mark}|\p{Format}/u.test(char)) continue;
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(char)
      ? 2
      : 1;
  }
  return width;
}

import assert from 'node:assert/strict';
import { readOverlay } from '../../src/config/overlay/read-overlay.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { standardSchema } from '../../src/directory/schema.ts';
import type { Overlay } from '../../src/projection/overlay.ts';

/** What overlay files say, by their names; fails when anything is wrong with them. */
export function overlayOf(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>> = {},
): Overlay {
  const { overlay, problems } = readOverlay({
    files: Object.keys(files).map((path) => ({ path, file: path })),
    env,
    readFile: (path) => files[path] ?? '',
    schema: { schema: standardSchema, isComplete: true },
  });
  assert.deepEqual(problems.map(formatProblem), []);
  return overlay;
}

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** Where public samples of the answers of Entra and Microsoft Graph may lie: beside the checkout, not in it. */
export const samplesFolder = resolve('..', 'shared', 'graph-samples');

/**
 * A `describe` for tests that read the samples. Where they are missing there are no such tests, not even skipped ones,
 * because nobody who has the repository alone could ever run them.
 */
export function describeWithSamples(title: string, tests: () => void): void {
  if (existsSync(samplesFolder)) describe(title, tests);
}

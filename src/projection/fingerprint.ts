import { createHash } from 'node:crypto';
import type { ProjectionSettings } from './settings.ts';

/** Raise this when the same record and settings give another entry than before: every store is then published anew. */
const PROJECTION_VERSION = 5;

/** Identifies what a published directory was made by; another fingerprint means that everything must be looked at again. */
export function projectionFingerprint({ overlay, ...settings }: ProjectionSettings): string {
  return createHash('sha256')
    .update(JSON.stringify([PROJECTION_VERSION, settings, overlay.digest]))
    .digest('hex')
    .slice(0, 32);
}

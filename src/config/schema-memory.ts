import { duration, integer, section, size } from './leaf.ts';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

/** What is remembered for going back to what clients saw before. */
export const undo = section('What is remembered for entra-ldapd rollback.', {
  publications: integer({
    description: 'So many earlier directories at most; 0 remembers none.',
    min: 0,
    max: 1000,
  }).prefault(50),
  size: size({
    description: 'As much space at most. A change that takes more than this cannot be taken back.',
    min: MIB,
    max: 4096 * MIB,
  }).prefault('64MiB'),
  maxAge: duration({
    description: 'A directory can be returned to so long after another one took its place.',
    min: 60_000,
    max: 3650 * DAY_MS,
  }).prefault('7d'),
}).prefault({});

/** What is remembered of what has happened. */
export const history = section('What is remembered for entra-ldapd history.', {
  lines: integer({
    description: 'So many lines at most; rounds that say the same one after the other are one line.',
    min: 1,
    max: 1_000_000,
  }).prefault(10_000),
}).prefault({});

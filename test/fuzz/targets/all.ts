import type { FuzzTarget } from '../target.ts';
import { connectionTarget } from './connection.ts';
import { controlsTarget } from './controls.ts';
import { cookiesTarget } from './cookies.ts';
import { dnTarget } from './dn.ts';
import { filterMatchingTarget } from './filter-matching.ts';
import { filterTarget } from './filter.ts';
import { messageTarget } from './message.ts';
import { stringPrepTarget } from './string-prep.ts';
import { valuesTarget } from './values.ts';

/** Everything that is fuzzed. */
export const targets: readonly FuzzTarget[] = [
  messageTarget,
  controlsTarget,
  filterTarget,
  filterMatchingTarget,
  dnTarget,
  stringPrepTarget,
  valuesTarget,
  cookiesTarget,
  connectionTarget,
];

import type { SelectedProperties } from '../../src/graph/selection.ts';
import { graphProperties, isTracked } from '../../src/identity/graph-properties.ts';

/** Everything that delta queries can report. */
export const everyProperty: SelectedProperties = {
  users: Object.keys(graphProperties.users).filter(isTracked),
  groups: Object.keys(graphProperties.groups).filter(isTracked),
};

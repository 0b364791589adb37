import { SourceError } from '../identity/source-error.ts';
import { propertyPermissions } from './permissions.ts';
import type { Selection } from './selection.ts';

/**
 * The error for a selection that Microsoft Graph refuses: where the properties are named, and Graph's own words, which name the
 * one that it does not know; or the permissions that the properties take. A list that has to begin anew again and again is a
 * breach of protocol. Other errors come back as they are.
 */
export function selectionRefusal(error: unknown, selection: Selection): unknown {
  if (!(error instanceof SourceError)) return error;
  const { collection } = selection;
  switch (error.code) {
    case 'badRequest': {
      const where = `Microsoft Graph refuses a property of ${collection} that the configuration names.`;
      const advice = `"entra-ldapd attributes discover ${collection}" lists those that the tenant has.`;
      return new SourceError('badRequest', `${where} ${error.message} ${advice}`, error.details, { cause: error });
    }
    case 'forbidden': {
      const message = [error.message, ...needsOf(selection)].join('; ');
      return new SourceError('forbidden', message, error.details, { cause: error });
    }
    case 'resyncRequired': {
      const message = `Microsoft Graph asks again and again for a new start of the list of ${collection}`;
      return new SourceError('protocol', message, error.details, { cause: error });
    }
    default:
      return error;
  }
}

function needsOf({ tracked }: Selection): readonly string[] {
  return tracked.flatMap(({ name }) => {
    const permissions = propertyPermissions.get(name);
    return permissions === undefined ? [] : [`${name} takes ${permissions[0]} too`];
  });
}

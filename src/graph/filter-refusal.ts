import { SourceError } from '../identity/source-error.ts';

/**
 * The error for a filter that Microsoft Graph refuses: where the filter stands, Graph's own words, and what to do where they
 * do not say it. Other errors come back as they are.
 */
export function filterRefusal(error: unknown, where: string): unknown {
  if (!(error instanceof SourceError) || error.code !== 'badRequest') return error;
  return new SourceError(
    'badRequest',
    `${where} is refused. ${error.message}${adviceOn(error.message)}`,
    error.details,
    {
      cause: error,
    },
  );
}

// https://learn.microsoft.com/graph/aad-advanced-queries
function adviceOn(message: string): string {
  if (/max allowed: 15/i.test(message)) {
    return (
      ' A filter can have at most 15 alternatives, be they joined by "or" or in one list of "in": put the people in a group ' +
      'and name it in users.memberOf, or find a property that they share.'
    );
  }
  if (/property named/i.test(message)) {
    return ' The names of the properties are in https://learn.microsoft.com/graph/api/resources/user and …/group.';
  }
  return ' The language is in https://learn.microsoft.com/graph/filter-query-parameter.';
}

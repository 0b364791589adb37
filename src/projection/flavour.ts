import { conceal, plainPresentation, type Presentation } from '../directory/presentation.ts';
import type { Schema } from '../directory/schema.ts';
import { activeDirectoryClasses, activeDirectoryOnly } from './active-directory.ts';
import type { ProjectionSettings } from './settings.ts';

/** The kind of directory that an identity takes this one for. */
export interface Flavour {
  readonly activeDirectory: boolean;
  /** Whether `memberOf` is a user attribute; undefined: as the directory that it is taken for has it, Active Directory or OpenLDAP. */
  readonly memberOf: 'user' | 'operational' | undefined;
}

/** How entries projected with these settings appear in a flavour: without Active Directory, as if they had nothing of it. */
export function presentationOfFlavour(
  flavour: Flavour,
  settings: Pick<ProjectionSettings, 'baseDn' | 'activeDirectory'>,
  schema: Schema,
): Presentation {
  const isUser = (flavour.memberOf ?? (flavour.activeDirectory ? 'user' : 'operational')) === 'user';
  const memberOf = isUser ? ['memberof'] : [];
  if (flavour.activeDirectory) {
    const { baseDn } = settings;
    return {
      ...plainPresentation,
      userAttributes: new Set(['distinguishedname', ...memberOf]),
      activeDirectory: { baseDn },
    };
  }
  const presentation = { ...plainPresentation, userAttributes: new Set(memberOf) };
  if (!settings.activeDirectory) return presentation;
  return conceal(presentation, schema, {
    attributes: ({ key }) => (activeDirectoryOnly.has(key) ? 'absent' : undefined),
    classes: Object.values(activeDirectoryClasses),
  });
}

/** The object whose entry has an attribute. */
export type EntryOwner = 'users' | 'groups';

/**
 * Where the values of an attribute come from, as it is written in the configuration and found to be right:
 *
 * - a property of Microsoft Graph (`jobTitle`, `extensionAttribute1`, `employeeOrgData.costCenter`), or a template, which is
 *   any text with braces (`{givenName|lower}.{surname|lower}`);
 * - a list of these, of which the first that has a value counts;
 * - one or several with a fixed value for whom they give none;
 * - a fixed value.
 */
export type SourceSetting =
  | string
  | readonly string[]
  | { readonly from: string | readonly string[]; readonly default: string }
  | { readonly constant: string | readonly string[] };

/** What an attribute is taken from; false: entries do not have it. */
export type AttributeSetting = SourceSetting | false;

/** What entries of one kind have otherwise than by the default map, by attribute. */
export type AttributeSettings = Readonly<Record<string, AttributeSetting>>;

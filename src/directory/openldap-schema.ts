/**
 * The schema in the notation of OpenLDAP's slapd.conf(5), so that slapd can hold an export of the directory. It stands on its
 * own: it takes the place of core.schema, cosine.schema, inetorgperson.schema and nis.schema, whose elements it defines too.
 */

import type { AttributeType } from './schema-elements.ts';
import type { Schema } from './schema.ts';

// What slapd 2.4 to 2.6 define themselves (servers/slapd/schema_prep.c); a second definition is an error.
const builtInAttributes: ReadonlySet<string> = new Set(
  (
    'objectclass structuralobjectclass createtimestamp modifytimestamp creatorsname modifiersname hassubordinates ' +
    'subschemasubentry entrydn entryuuid entrycsn contextcsn altserver namingcontexts supportedcontrol supportedextension ' +
    'supportedldapversion supportedsaslmechanisms supportedfeatures vendorname vendorversion subtreespecification ' +
    'ditstructurerules ditcontentrules nameforms attributetypes objectclasses matchingrules matchingruleuse ldapsyntaxes ' +
    'aliasedobjectname distinguishedname name cn uid uidnumber gidnumber userpassword labeleduri description seealso'
  ).split(' '),
);
const builtInClasses: ReadonlySet<string> = new Set(['top', 'alias', 'extensibleobject', 'subentry', 'subschema']);

/** Attributes that overlays of slapd define when they are loaded. */
const overlayAttributes: ReadonlyMap<string, string> = new Map([
  ['memberof', 'memberof'],
  ['pwdaccountlockedtime', 'ppolicy'],
  ['pwdchangedtime', 'ppolicy'],
]);

const faxSyntax = '1.3.6.1.4.1.1466.115.121.1.22';

const header = `# The schema of entra-ldapd for slapd.conf(5).
# Include it instead of core.schema, cosine.schema, inetorgperson.schema and nis.schema; it has their elements.
# An export with operational attributes also needs: moduleload memberof, moduleload ppolicy.
`;

/** The file that slapd includes. */
export function formatOpenLdapSchema(schema: Schema): string {
  const attributes = schema.attributes.filter(({ key }) => !builtInAttributes.has(key) && !overlayAttributes.has(key));
  const classes = schema.objectClasses.filter(({ key }) => !builtInClasses.has(key));
  const lines = [
    ...attributes.map((type) => `attributetype ${attributeOf(type)}`),
    ...classes.map((objectClass) => `objectclass ${classOf(objectClass.key, objectClass.description, attributes)}`),
  ];
  return `${header}\n${lines.join('\n\n')}\n`;
}

// slapd takes operational attributes from its own code only, so that in a file they have to be ordinary ones …
function attributeOf({ description, operational, syntax }: AttributeType): string {
  // RFC 4519 §2.10 gives fax numbers no rules, and slapd refuses those of telephone numbers for their syntax.
  const ruled = syntax === faxSyntax ? description.replaceAll(/ (?:EQUALITY|SUBSTR) \w+/g, '') : description;
  return operational ? ruled.replace(' NO-USER-MODIFICATION', '').replace(/ USAGE \w+/, '') : ruled;
}

// … which some class of the entry has to allow.
function classOf(key: string, description: string, attributes: readonly AttributeType[]): string {
  if (key !== 'entrauser' && key !== 'entragroup') return description;
  const names = attributes.filter((type) => type.operational && type.usage === 'directoryOperation');
  return description.replace(' MAY ( ', ` MAY ( ${names.map((type) => `${type.name} $ `).join('')}`);
}

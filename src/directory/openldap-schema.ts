/**
 * The schema in the notation of OpenLDAP's slapd.conf(5), so that slapd can hold an export of the directory. It stands on its
 * own: it takes the place of core.schema, cosine.schema, inetorgperson.schema and nis.schema, whose elements it defines too.
 */

import type { AttributeType, ObjectClass } from './schema-elements.ts';
import type { Schema } from './schema.ts';
import { topAttributes } from './static-entries.ts';

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
    ...classes.map(({ description }) => `objectclass ${description}`),
    ...contentRules(attributes, classes).map((rule) => `ditcontentrule ${rule}`),
  ];
  return `${header}\n${lines.join('\n\n')}\n`;
}

// slapd takes operational attributes from its own code only, so that in a file they have to be ordinary ones …
function attributeOf({ description, operational, syntax }: AttributeType): string {
  // RFC 4519 §2.10 gives fax numbers no rules, and slapd refuses those of telephone numbers for their syntax.
  const ruled = syntax === faxSyntax ? description.replaceAll(/ (?:EQUALITY|SUBSTR) \w+/g, '') : description;
  return operational ? ruled.replace(' NO-USER-MODIFICATION', '').replace(/ USAGE \w+/, '') : ruled;
}

/**
 * … which every entry is allowed by a DIT content rule (RFC 4512 §4.1.6), as well as what `top` allows in the flavour of Active
 * Directory: slapd has its own `top`. A rule must name the auxiliary classes that it does not mean to forbid.
 */
function contentRules(attributes: readonly AttributeType[], classes: readonly ObjectClass[]): readonly string[] {
  const ordinary = attributes.filter(({ usage }) => usage === 'directoryOperation').map(({ name }) => name);
  const may = [...ordinary, ...topAttributes].join(' $ ');
  const auxiliary = classes.filter(({ kind }) => kind === 'AUXILIARY').map(({ name }) => name);
  return classes
    .filter(({ kind }) => kind === 'STRUCTURAL')
    .map(({ oid, name }) => `( ${oid} NAME '${name}Content' AUX ( ${auxiliary.join(' $ ')} ) MAY ( ${may} ) )`);
}

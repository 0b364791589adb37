/** LDAP syntaxes (RFC 4517 §3.3 and those of the attribute types that we publish), by numeric OID. */

const arc = '1.3.6.1.4.1.1466.115.121.1';

/** Numeric OIDs of the syntaxes that the code names. */
export const Syntax = {
  boolean: `${arc}.7`,
  dn: `${arc}.12`,
  directoryString: `${arc}.15`,
  generalizedTime: `${arc}.24`,
  ia5String: `${arc}.26`,
  integer: `${arc}.27`,
  octetString: `${arc}.40`,
} as const;

/** Every syntax we publish, with its RFC name. */
export const syntaxes: readonly (readonly [oid: string, description: string])[] = [
  [`${arc}.3`, 'Attribute Type Description'],
  [`${arc}.5`, 'Binary'],
  [`${arc}.6`, 'Bit String'],
  [`${arc}.7`, 'Boolean'],
  [`${arc}.8`, 'Certificate'],
  [`${arc}.11`, 'Country String'],
  [`${arc}.12`, 'DN'],
  [`${arc}.14`, 'Delivery Method'],
  [`${arc}.15`, 'Directory String'],
  [`${arc}.16`, 'DIT Content Rule Description'],
  [`${arc}.17`, 'DIT Structure Rule Description'],
  [`${arc}.22`, 'Facsimile Telephone Number'],
  [`${arc}.24`, 'Generalized Time'],
  [`${arc}.25`, 'Guide'],
  [`${arc}.26`, 'IA5 String'],
  [`${arc}.27`, 'INTEGER'],
  [`${arc}.28`, 'JPEG'],
  [`${arc}.30`, 'Matching Rule Description'],
  [`${arc}.31`, 'Matching Rule Use Description'],
  [`${arc}.34`, 'Name And Optional UID'],
  [`${arc}.35`, 'Name Form Description'],
  [`${arc}.36`, 'Numeric String'],
  [`${arc}.37`, 'Object Class Description'],
  [`${arc}.38`, 'OID'],
  [`${arc}.40`, 'Octet String'],
  [`${arc}.41`, 'Postal Address'],
  [`${arc}.44`, 'Printable String'],
  [`${arc}.45`, 'Subtree Specification'],
  [`${arc}.50`, 'Telephone Number'],
  [`${arc}.51`, 'Teletex Terminal Identifier'],
  [`${arc}.52`, 'Telex Number'],
  [`${arc}.54`, 'LDAP Syntax Description'],
  [`${arc}.58`, 'Substring Assertion'],
  ['1.3.6.1.1.16.1', 'UUID'],
  ['1.3.6.1.4.1.4203.666.11.2.1', 'CSN'],
];

/** An LdapSyntaxDescription (RFC 4512 §4.1.5). */
export function formatSyntax(oid: string, description: string): string {
  return `( ${oid} DESC '${description}' )`;
}

/** Identifier octets of the universal types that LDAP uses (RFC 4511 §5.1). */
export const berTag = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octets of the requests (RFC 4511 §4.2 to §4.12). */
export const requestTag = {
  bind: 0x60,
  unbind: 0x42,
  search: 0x63,
  modify: 0x66,
  add: 0x68,
  delete: 0x4a,
  modifyDn: 0x6c,
  compare: 0x6e,
  abandon: 0x50,
  extended: 0x77,
} as const;

/** Identifier octets of the responses. */
export const responseTag = {
  bind: 0x61,
  searchEntry: 0x64,
  searchDone: 0x65,
  modify: 0x67,
  add: 0x69,
  delete: 0x6b,
  modifyDn: 0x6d,
  compare: 0x6f,
  extended: 0x78,
  intermediate: 0x79,
} as const;

/** Identifier octet of the controls of a message (RFC 4511 §4.1.11). */
export const controlsTag = 0xa0;

/** The largest message id, size and time limit (RFC 4511 §4.1.1). */
export const maxInt = 2_147_483_647;

/**
 * Controls of requests and responses, of RFC 2696, 2891, 3296, 3672, 3829, 3876, 4528, 4533 and 6171, draft-ietf-ldapext-ldapv3-vlv,
 * draft-masarati-ldap-deref and [MS-ADTS].
 */
export const controlOid = {
  pagedResults: '1.2.840.113556.1.4.319',
  sort: '1.2.840.113556.1.4.473',
  sortResult: '1.2.840.113556.1.4.474',
  listView: '2.16.840.1.113730.3.4.9',
  listViewResult: '2.16.840.1.113730.3.4.10',
  matchedValues: '1.2.826.0.1.3344810.2.3',
  authorizationIdentity: '2.16.840.1.113730.3.4.16',
  authorizationIdentityResult: '2.16.840.1.113730.3.4.15',
  dereference: '1.3.6.1.4.1.4203.666.5.16',
  assertion: '1.3.6.1.1.12',
  subentries: '1.3.6.1.4.1.4203.1.10.1',
  dontUseCopy: '1.3.6.1.1.22',
  domainScope: '1.2.840.113556.1.4.1339',
  manageDsaIt: '2.16.840.1.113730.3.4.2',
  syncRequest: '1.3.6.1.4.1.4203.1.9.1.1',
  syncState: '1.3.6.1.4.1.4203.1.9.1.2',
  syncDone: '1.3.6.1.4.1.4203.1.9.1.3',
} as const;

/** Extended operations that we know (RFC 3062, RFC 3909, RFC 4511 §4.14, RFC 4532) and the unsolicited notification (RFC 4511 §4.4.1). */
export const extensionOid = {
  startTls: '1.3.6.1.4.1.1466.20037',
  cancel: '1.3.6.1.1.8',
  passwordModify: '1.3.6.1.4.1.4203.1.11.1',
  whoAmI: '1.3.6.1.4.1.4203.1.11.3',
  noticeOfDisconnection: '1.3.6.1.4.1.1466.20036',
} as const;

/** Name of the intermediate response that informs of a synchronization (RFC 4533 §2.5). */
export const syncInfoOid = '1.3.6.1.4.1.4203.1.9.1.4';

/** A request that is answered, and with which response. */
export interface OperationKind {
  readonly name: OperationName;
  /** The tag of the answer; undefined for unbind and abandon, which have none. */
  readonly response: number | undefined;
}

/** Requests by name, as statistics count them. */
export type OperationName = keyof typeof requestTag;

const operations = new Map<number, OperationKind>([
  [requestTag.bind, { name: 'bind', response: responseTag.bind }],
  [requestTag.unbind, { name: 'unbind', response: undefined }],
  [requestTag.search, { name: 'search', response: responseTag.searchDone }],
  [requestTag.modify, { name: 'modify', response: responseTag.modify }],
  [requestTag.add, { name: 'add', response: responseTag.add }],
  [requestTag.delete, { name: 'delete', response: responseTag.delete }],
  [requestTag.modifyDn, { name: 'modifyDn', response: responseTag.modifyDn }],
  [requestTag.compare, { name: 'compare', response: responseTag.compare }],
  [requestTag.abandon, { name: 'abandon', response: undefined }],
  [requestTag.extended, { name: 'extended', response: responseTag.extended }],
]);

/** The request with this tag; undefined when the tag is no request's (RFC 4511 §4.1.1 then ends the session). */
export function operationKind(tag: number): OperationKind | undefined {
  return operations.get(tag);
}

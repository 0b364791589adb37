/** Requests as good clients send them, to begin fuzzing with. */
import * as ber from '../support/ldap-ber.ts';
import { admin } from '../support/ldap-test-server.ts';

/** A filter of every kind. */
export const filterSeeds: readonly Buffer[] = [
  ber.present('objectClass'),
  ber.equality('uid', 'alice'),
  ber.element(0xa0, ber.equality('objectClass', 'person'), ber.element(0xa2, ber.present('description'))),
  ber.element(0xa1, ...['alice', 'bob', 'zoe'].map((uid) => ber.equality('uid', uid))),
  ber.element(0xa1, ...Array.from({ length: 10 }, (_, at) => ber.equality('cn', `Alice ${at}`))),
  ber.element(
    0xa4,
    ber.text('cn'),
    ber.sequence(ber.element(0x80, 'A'), ber.element(0x81, 'i'), ber.element(0x82, 'r')),
  ),
  ber.element(0xa5, ber.text('uidNumber'), ber.text('10002')),
  ber.element(0xa6, ber.text('modifyTimestamp'), ber.text('20250603080000Z')),
  ber.element(0xa8, ber.text('sn'), ber.text('archer')),
  ber.element(
    0xa9,
    ber.element(0x81, '1.2.840.113556.1.4.803'),
    ber.element(0x82, 'userAccountControl'),
    ber.element(0x83, '2'),
  ),
  ber.element(
    0xa9,
    ber.element(0x81, '1.2.840.113556.1.4.1941'),
    ber.element(0x82, 'memberOf'),
    ber.element(0x83, 'cn=staff,ou=groups,dc=example,dc=com'),
  ),
  ber.element(0xa9, ber.element(0x82, 'ou'), ber.element(0x83, 'users'), ber.element(0x84, Buffer.of(0xff))),
  ber.element(0xa9, ber.element(0x81, 'caseExactMatch'), ber.element(0x83, 'Archer')),
];

const filter = ber.element(0xa0, ber.equality('uid', 'alice'), ber.element(0xa2, ber.present('cn')));
const everything = ber.searchRequest({ attributes: ['*', '+'] });

/** A request of every kind, with every control. */
export const requestSeeds: readonly Buffer[] = [
  ber.message(1, ber.bindRequest('', '')),
  ber.message(1, ber.bindRequest(admin.dn, admin.password)),
  ber.message(1, ber.saslRequest('PLAIN', '\0a\0b')),
  ber.message(2, everything),
  ber.message(2, ber.searchRequest({ base: '', scope: 0, attributes: ['*', '+'] })),
  ber.message(2, ber.searchRequest({ base: 'cn=subschema', scope: 0, attributes: ['attributeTypes'] })),
  ber.message(3, ber.searchRequest({ filter, sizeLimit: 2, timeLimit: 1, typesOnly: true, attributes: ['1.1'] })),
  ber.message(4, everything, [ber.pagedControl(3)]),
  ber.message(4, everything, [ber.control('1.2.840.113556.1.4.473', true, ber.sequence(ber.sequence(ber.text('cn'))))]),
  ber.message(4, everything, [
    ber.control(
      '1.3.6.1.4.1.4203.666.5.16',
      true,
      ber.sequence(ber.sequence(ber.text('member'), ber.sequence(ber.text('uid')))),
    ),
  ]),
  ber.message(4, everything, [ber.control('1.3.6.1.1.12', true, ber.present('dc'))]),
  ber.message(4, everything, [
    ber.control('1.3.6.1.4.1.4203.1.10.1', true, ber.boolean(true)),
    ber.control('1.2.3', false),
  ]),
  ber.message(5, ber.compareRequest('uid=alice,ou=users,dc=example,dc=com', 'sn', 'archer')),
  ber.message(6, ber.extendedRequest('1.3.6.1.4.1.4203.1.11.3')),
  ber.message(6, ber.extendedRequest('1.3.6.1.4.1.1466.20037')),
  ber.message(6, ber.element(0x77, ber.element(0x80, '1.3.6.1.1.8'), ber.element(0x81, ber.sequence(ber.integer(2))))),
  ber.message(7, ber.abandonRequest(2)),
  ber.message(8, ber.element(0x4a, 'uid=alice')),
  ber.message(
    8,
    ber.element(
      0x66,
      ber.text('x'),
      ber.sequence(ber.sequence(ber.enumerated(2), ber.sequence(ber.text('mail'), ber.element(0x31, ber.text('x'))))),
    ),
  ),
  ber.message(
    8,
    ber.element(0x68, ber.text('x'), ber.sequence(ber.sequence(ber.text('mail'), ber.element(0x31, ber.text('x'))))),
  ),
  ber.message(8, ber.element(0x6c, ber.text('x'), ber.text('cn=y'), ber.boolean(true), ber.element(0x80, 'z'))),
  ber.message(9, ber.unbindRequest()),
];

/** Conversations: several requests in a row. */
export const conversationSeeds: readonly Buffer[] = [
  ...requestSeeds,
  ...requestSeeds.map((request) =>
    Buffer.concat([ber.message(100, ber.bindRequest(admin.dn, admin.password)), request]),
  ),
];

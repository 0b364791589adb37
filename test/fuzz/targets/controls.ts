import { BerError } from '../../../src/ldap/ber-reader.ts';
import { BerReader } from '../../../src/ldap/ber-reader.ts';
import { decodeControls } from '../../../src/ldap/controls.ts';
import { defaultLdapLimits } from '../../../src/ldap/limits.ts';
import { controlOid, requestTag } from '../../../src/ldap/protocol.ts';
import { RequestError } from '../../../src/ldap/request-error.ts';
import { control, element } from '../../support/ldap-ber.ts';
import { type FuzzTarget, octets, words } from '../target.ts';

const oids: readonly string[] = Object.values(controlOid);
const requests = Object.values(requestTag);

/**
 * The value of each control that we have, cookies included: the first octet chooses the control, the second the request and
 * whether the control is critical. Nothing but coded errors.
 */
export const controlsTarget: FuzzTarget = {
  name: 'controls',
  bytesMax: 1024,
  words: [
    ...words('cn', 'member', 'objectClass', '2.5.13.3', 'caseIgnoreOrderingMatch'),
    ...octets(
      '3000',
      '30050201050400',
      '8001',
      '8101ff',
      '0101ff',
      '3006040263 6e'.replace(' ', ''),
      '87026f6f',
      'a000',
      '0201ff',
    ),
  ],
  seeds: octets(
    '0001300702010504020102',
    '0100300a3008040263 6e 8102ff'.replaceAll(' ', ''),
    '02003009300704026f753003040 1'.replaceAll(' ', '') + '61',
    '0300870163',
    '04000101ff',
  ),
  steps: { fixed: 4000, perByte: 80 },
  run(input) {
    const [which = 0, how = 0] = input;
    const oid = oids[which % oids.length] ?? '';
    const request = requests[(how >> 1) % requests.length] ?? 0;
    const value = input.subarray(2);
    try {
      decodeControls(new BerReader(element(0xa0, control(oid, how % 2 === 1, value))), request, defaultLdapLimits);
    } catch (error) {
      if (!(error instanceof BerError) && !(error instanceof RequestError)) throw error;
    }
  },
};

import { normalizeDn } from '../../src/directory/dn.ts';
import type { BoundIdentity } from '../../src/directory/identity.ts';
import type { DirectorySource } from '../../src/directory/reader.ts';
import type { Rights } from '../../src/directory/rights.ts';
import { sampleAccess } from '../support/sample-access.ts';
import { sampleBase, sampleGroups, sampleUsers } from '../support/sample-directory.ts';
import { type ContractFactory, directoryReaderContract } from './directory-reader.contract.ts';

const who: BoundIdentity = { kind: 'service', dn: 'cn=test', name: 'test' };

const groups = ['staff', 'admins', 'nested', 'empty'].map((name) => ({
  name,
  dn: normalizeDn(`cn=${name},${sampleGroups}`) ?? '',
}));

/** Everything in the sample, by each of the ways in which something can be granted. */
const wholeRights: readonly (readonly [name: string, rights: Partial<Rights>])[] = [
  ['all users and groups', { users: 'all', groups: 'all' }],
  ['all users and to groups by name', { users: 'all', groups }],
  [
    'each entry by itself',
    {
      users: 'all',
      groups,
      bases: ['alice', 'bob', 'carol', 'dave', 'zoe']
        .map((uid) => `uid=${uid},${sampleUsers}`)
        .concat(sampleGroups, `ou=services,${sampleBase}`)
        .map((dn) => normalizeDn(dn) ?? ''),
    },
  ],
];

function narrowed(source: DirectorySource, rights: Partial<Rights>): DirectorySource {
  const access = sampleAccess({ services: { test: rights } });
  return {
    acquire() {
      const lease = source.acquire();
      const reader = lease && access.readable(lease.reader, who, 'search');
      return lease && reader && { reader, [Symbol.dispose]: () => lease[Symbol.dispose]() };
    },
  };
}

/** Asks a storage for the contract through readers that have been narrowed to everything there is. */
export function narrowedReaderContract(name: string, publish: ContractFactory): void {
  for (const [grants, rights] of wholeRights) {
    directoryReaderContract(`${name}, narrowed to ${grants},`, async (entries) => {
      const subject = await publish(entries);
      return {
        source: narrowed(subject.source, rights),
        [Symbol.asyncDispose]: () => subject[Symbol.asyncDispose](),
      };
    });
  }
}

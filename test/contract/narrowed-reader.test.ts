import { normalizeDn } from '../../src/directory/dn.ts';
import type { BoundIdentity } from '../../src/directory/identity.ts';
import type { DirectorySource } from '../../src/directory/reader.ts';
import type { Rights } from '../../src/directory/rights.ts';
import { memoryDirectory } from '../support/memory-directory.ts';
import { sampleAccess } from '../support/sample-access.ts';
import { sampleBase, sampleGroups, sampleUsers } from '../support/sample-directory.ts';
import { directoryReaderContract } from './directory-reader.contract.ts';

const who: BoundIdentity = { kind: 'service', dn: 'cn=test', name: 'test' };

const groups = ['staff', 'admins', 'nested', 'empty'].map((name) => ({
  name,
  dn: normalizeDn(`cn=${name},${sampleGroups}`) ?? '',
}));

function narrowed(name: string, rights: Partial<Rights>): void {
  directoryReaderContract(`A directory narrowed to ${name}`, (entries) => {
    const memory = memoryDirectory(entries);
    const access = sampleAccess({ services: { test: rights } });
    const source: DirectorySource = {
      acquire() {
        const lease = memory.acquire();
        const reader = lease && access.readable(lease.reader, who, 'search');
        return lease && reader && { reader, [Symbol.dispose]: () => lease[Symbol.dispose]() };
      },
    };
    return Promise.resolve({ source, [Symbol.asyncDispose]: () => Promise.resolve() });
  });
}

// Everything, by each of the ways in which something can be granted.
narrowed('all users and groups', { users: 'all', groups: 'all' });
narrowed('all users and to groups by name', { users: 'all', groups });
narrowed('each entry by itself', {
  users: 'all',
  groups,
  bases: ['alice', 'bob', 'carol', 'dave', 'zoe']
    .map((uid) => `uid=${uid},${sampleUsers}`)
    .concat(sampleGroups, `ou=services,${sampleBase}`)
    .map((dn) => normalizeDn(dn) ?? ''),
});

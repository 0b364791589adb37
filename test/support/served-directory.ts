import { Client } from 'ldapts';
import { type ExpectedEntry, expectedAttributes } from './expected-directory.ts';

/** What a daemon serves: entries as {@link ExpectedEntry}, and the POSIX number of each object. */
export interface ServedDirectory {
  readonly entries: ReadonlyMap<string, ExpectedEntry>;
  /** uidNumber or gidNumber by entryUUID. */
  readonly numbers: ReadonlyMap<string, string>;
}

/** Reads every user and group through LDAP; undefined when the server answers that it is busy (nothing published yet). */
export async function readServedDirectory(
  url: string,
  bindDn: string,
  password: string,
): Promise<ServedDirectory | undefined> {
  const client = new Client({ url, timeout: 10_000 });
  try {
    await client.bind(bindDn, password);
    const entries = new Map<string, ExpectedEntry>();
    const numbers = new Map<string, string>();
    // One search is answered from one publication; several, or pages, may see another one in between.
    const { searchEntries } = await client.search('dc=contoso,dc=com', {
      scope: 'sub',
      filter: '(|(objectClass=posixAccount)(objectClass=posixGroup))',
      attributes: [...expectedAttributes, 'uidNumber', 'gidNumber'],
    });
    for (const { dn, ...values } of searchEntries) {
      if (dn.startsWith('cn=domain-users,')) continue;
      const entry = Object.fromEntries(
        expectedAttributes.flatMap((name) => {
          const texts = [values[name] ?? []].flat().map(String);
          return texts.length === 0 ? [] : [[name, texts.toSorted()]];
        }),
      );
      entries.set(dn, entry);
      numbers.set(entry['entryUUID']?.[0] ?? dn, String(values[dn.startsWith('uid=') ? 'uidNumber' : 'gidNumber']));
    }
    return { entries, numbers };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 51) return undefined;
    throw error;
  } finally {
    await client.unbind();
  }
}

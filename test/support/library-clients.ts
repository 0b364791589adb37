import ldapjs from 'ldapjs';
import { Client, type Entry } from 'ldapts';

/** Values of each attribute; binary ones as the octets' latin1 text. */
export interface LibraryEntry {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** What came of an operation: the result code, and what it brought. */
export interface Outcome {
  readonly code: number;
  readonly entries: readonly LibraryEntry[];
}

/** A search as both libraries can ask it. */
export interface LibrarySearch {
  readonly scope?: 'base' | 'one' | 'sub';
  readonly filter?: string;
  readonly attributes?: readonly string[];
  readonly sizeLimit?: number;
  readonly typesOnly?: boolean;
  readonly pageSize?: number;
}

/** An LDAP client library. Errors of the server come back as result codes. */
export interface LibraryClient extends AsyncDisposable {
  readonly library: string;
  startTls(ca: string): Promise<void>;
  bind(name: string, password: string): Promise<number>;
  search(base: string, search: LibrarySearch): Promise<Outcome>;
  /** compareTrue, compareFalse or what forbids an answer. */
  compare(dn: string, attribute: string, value: string): Promise<number>;
  whoAmI(): Promise<string>;
  remove(dn: string): Promise<number>;
  add(dn: string, attributes: Readonly<Record<string, string>>): Promise<number>;
  rename(dn: string, newDn: string): Promise<number>;
  /** The result code of an extended operation. */
  extended(oid: string): Promise<number>;
}

const whoAmIOid = '1.3.6.1.4.1.4203.1.11.3';

/** The result code that a library's error stands for; throws what is no answer of the server. */
function codeOf(error: unknown): number {
  if (error instanceof Error && 'code' in error && typeof error.code === 'number') return error.code;
  throw error;
}

async function resultOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    return codeOf(error);
  }
}

/** The library `ldapts`. */
export class LdaptsClient implements LibraryClient {
  readonly library = 'ldapts';
  readonly #client: Client;

  constructor(url: string, ca?: string) {
    this.#client = new Client({
      url,
      timeout: 10_000,
      ...(ca !== undefined && url.startsWith('ldaps:') && { tlsOptions: { ca } }),
    });
  }

  async startTls(ca: string): Promise<void> {
    await this.#client.startTLS({ ca, host: '127.0.0.1' });
  }

  bind(name: string, password: string): Promise<number> {
    return resultOf(this.#client.bind(name, password));
  }

  async search(base: string, search: LibrarySearch): Promise<Outcome> {
    const {
      scope = 'sub',
      filter = '(objectClass=*)',
      attributes = [],
      sizeLimit = 0,
      typesOnly = false,
      pageSize,
    } = search;
    const options = { scope, filter, attributes: [...attributes], sizeLimit, returnAttributeValues: !typesOnly };
    try {
      const paged = pageSize === undefined ? {} : { paged: { pageSize } };
      const { searchEntries } = await this.#client.search(base, { ...options, ...paged });
      return { code: 0, entries: searchEntries.map(ldaptsEntry) };
    } catch (error) {
      return { code: codeOf(error), entries: [] };
    }
  }

  async compare(dn: string, attribute: string, value: string): Promise<number> {
    try {
      return (await this.#client.compare(dn, attribute, value)) ? 6 : 5;
    } catch (error) {
      return codeOf(error);
    }
  }

  async whoAmI(): Promise<string> {
    return (await this.#client.exop(whoAmIOid)).value ?? '';
  }

  remove(dn: string): Promise<number> {
    return resultOf(this.#client.del(dn));
  }

  add(dn: string, attributes: Readonly<Record<string, string>>): Promise<number> {
    return resultOf(this.#client.add(dn, { ...attributes }));
  }

  rename(dn: string, newDn: string): Promise<number> {
    return resultOf(this.#client.modifyDN(dn, newDn));
  }

  extended(oid: string): Promise<number> {
    return resultOf(this.#client.exop(oid));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client.unbind();
  }
}

function ldaptsEntry({ dn, ...values }: Entry): LibraryEntry {
  const attributes = Object.entries(values).map(([name, value]) => {
    const all = [value].flat();
    return [name, all.map((each) => (Buffer.isBuffer(each) ? each.toString('latin1') : each))] as const;
  });
  return { dn, attributes: Object.fromEntries(attributes) };
}

type Callback = (error: Error | null) => void;

/** The library `ldapjs`. */
export class LdapjsClient implements LibraryClient {
  readonly library = 'ldapjs';
  readonly #client: ldapjs.Client;

  private constructor(client: ldapjs.Client) {
    this.#client = client;
  }

  /** Connects. */
  static async connect(url: string, ca?: string): Promise<LdapjsClient> {
    const client = ldapjs.createClient({
      url,
      timeout: 10_000,
      ...(ca !== undefined && url.startsWith('ldaps:') && { tlsOptions: { ca } }),
    });
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
    });
    return new LdapjsClient(client);
  }

  startTls(ca: string): Promise<void> {
    return this.#done((done) => this.#client.starttls({ ca, host: '127.0.0.1' }, [], done));
  }

  bind(name: string, password: string): Promise<number> {
    return resultOf(this.#done((done) => this.#client.bind(name, password, done)));
  }

  search(base: string, search: LibrarySearch): Promise<Outcome> {
    const {
      scope = 'sub',
      filter = '(objectClass=*)',
      attributes = [],
      sizeLimit = 0,
      typesOnly = false,
      pageSize,
    } = search;
    const paged = pageSize === undefined ? {} : { paged: { pageSize } };
    const options = { scope, filter, attributes: [...attributes], sizeLimit, typesOnly, ...paged };
    return new Promise((resolve, reject) => {
      this.#client.search(base, options, (refused, response) => {
        if (refused) {
          reject(refused);
          return;
        }
        const entries: LibraryEntry[] = [];
        response.on('searchEntry', (entry) => entries.push(ldapjsEntry(entry)));
        response.on('error', (error) => {
          try {
            resolve({ code: codeOf(error), entries });
          } catch (thrown) {
            reject(thrown);
          }
        });
        response.on('end', () => resolve({ code: 0, entries }));
      });
    });
  }

  compare(dn: string, attribute: string, value: string): Promise<number> {
    const answer = new Promise<number>((resolve, reject) => {
      this.#client.compare(dn, attribute, value, (error, equal) => {
        if (error) reject(error);
        else resolve(equal === true ? 6 : 5);
      });
    });
    return answer.catch(codeOf);
  }

  whoAmI(): Promise<string> {
    return new Promise((resolve, reject) => {
      // Without a value in between, ldapjs 3.0.7 sends none (RFC 4532 §2.1); with '' it sends an empty one.
      const exop = this.#client.exop.bind(this.#client) as unknown as (
        oid: string,
        done: (error: Error | null, value?: string) => void,
      ) => void;
      exop(whoAmIOid, (error, value) => (error ? reject(error) : resolve(value ?? '')));
    });
  }

  remove(dn: string): Promise<number> {
    return resultOf(this.#done((done) => this.#client.del(dn, done)));
  }

  add(dn: string, attributes: Readonly<Record<string, string>>): Promise<number> {
    return resultOf(this.#done((done) => this.#client.add(dn, { ...attributes }, done)));
  }

  rename(dn: string, newDn: string): Promise<number> {
    return resultOf(this.#done((done) => this.#client.modifyDN(dn, newDn, done)));
  }

  extended(oid: string): Promise<number> {
    return resultOf(this.#done((done) => this.#client.exop(oid, 'x', done)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
    await Promise.resolve();
  }

  #done(begin: (done: Callback) => void): Promise<void> {
    return new Promise((resolve, reject) => begin((error) => (error ? reject(error) : resolve())));
  }
}

function ldapjsEntry({ pojo, attributes }: ldapjs.SearchEntry): LibraryEntry {
  const values = attributes.map(({ type, buffers }) => [type, buffers.map((each) => textOf(each))] as const);
  return { dn: pojo.objectName, attributes: Object.fromEntries(values) };
}

function textOf(octets: Buffer): string {
  const text = octets.toString();
  return Buffer.from(text).equals(octets) ? text : octets.toString('latin1');
}

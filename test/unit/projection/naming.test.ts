import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { GraphProperties } from '../../../src/identity/change.ts';
import type { ObjectId } from '../../../src/identity/ids.ts';
import type { Ledger, LedgerEntry, LedgerOrigin, LedgerSpace } from '../../../src/identity/ledger.ts';
import { assign, groupNames, nameKey, type Reserved, type Supply, userNames } from '../../../src/projection/naming.ts';
import { compileSource, sourceValues } from '../../../src/projection/source.ts';
import type { SourceSetting } from '../../../src/projection/source-setting.ts';
import { modelId } from '../../support/model-tenant.ts';

const id = modelId('user', 1);
const range = { from: 1000, to: 1003 };
const nobody: Reserved = { nameKey: undefined, number: undefined };
/** 48 bits of SHA-256 of the id's bytes, modulo the size of the range 100,000,000 to 999,999,999, counted from its start. */
const NUMBER_OF_FIRST_USER = 374_647_967;

/** A ledger that forgets nothing while the test runs. */
class MemoryLedger implements Ledger {
  readonly entries = new Map<ObjectId, LedgerEntry>();
  readonly names = new Map<string, ObjectId>();
  readonly numbers = new Map<string, ObjectId>();
  readonly origins = new Map<ObjectId, LedgerOrigin>();
  readonly reserved = new Map<string, number>();
  recorded = 0;

  entry(objectId: ObjectId): LedgerEntry | undefined {
    return this.entries.get(objectId);
  }

  nameHolder(space: LedgerSpace, key: string): ObjectId | undefined {
    return this.names.get(`${space} ${key}`);
  }

  numberHolder(space: LedgerSpace, number: number): ObjectId | undefined {
    return this.numbers.get(`${space} ${number}`);
  }

  origin(objectId: ObjectId): LedgerOrigin | undefined {
    return this.origins.get(objectId);
  }

  reservedNumber(_space: LedgerSpace, keys: Iterable<string>): number | undefined {
    return [...keys].map((key) => this.reserved.get(key)).find((number) => number !== undefined);
  }

  record(entry: LedgerEntry, key: string, origin?: LedgerOrigin): void {
    this.recorded++;
    if (origin !== undefined) this.origins.set(entry.objectId, origin);
    this.entries.set(entry.objectId, entry);
    this.names.set(`${entry.space} ${key}`, entry.objectId);
    this.numbers.set(`${entry.space} ${entry.number}`, entry.objectId);
  }
}

function names(
  properties: GraphProperties,
  uidFrom: SourceSetting = 'userPrincipalNameLocalPart',
): readonly string[] | undefined {
  const wanted = sourceValues(compileSource('users', uidFrom), { objectId: id, properties, own: {} })[0];
  return userNames(properties, id, wanted);
}

describe('names of users', () => {
  it('are the local part, then the whole user principal name, then what carries the object id (P5, PAIN-07)', () => {
    assert.deepEqual(names({ userPrincipalName: 'Alice.Smith@Example.com' }), [
      'alice.smith',
      'alice.smith@example.com',
      'alice.smith-aaaaaaaa',
      `alice.smith-${id}`,
    ]);
  });

  it('come from the property that the settings name, or else from the user principal name (SNP-22)', () => {
    const properties = {
      userPrincipalName: 'alice@example.com',
      mailNickname: 'Ally',
      onPremisesSamAccountName: 'ASMITH',
    };
    assert.equal(names(properties, 'mailNickname')?.[0], 'ally');
    assert.equal(names(properties, 'onPremisesSamAccountName')?.[0], 'asmith');
    assert.equal(names(properties, 'userPrincipalName')?.[0], 'alice@example.com');
    assert.equal(names({ userPrincipalName: 'alice@example.com' }, 'mailNickname')?.[0], 'alice');
  });

  it('come from a template or from the first of several properties as well (SNP-22)', () => {
    const properties = {
      userPrincipalName: 'x1@example.com',
      givenName: 'Alice',
      surname: 'Smith',
      employeeId: ' 007 ',
    };
    assert.equal(names(properties, '{givenName|prefix:1}{surname}')?.[0], 'asmith');
    assert.equal(names(properties, ['mailNickname', 'employeeId'])?.[0], '007');
    assert.equal(names({ userPrincipalName: 'x1@example.com' }, '{givenName|prefix:1}{surname}')?.[0], 'x1');
  });

  it('of guests are what stands before the mark (PAIN-11)', () => {
    assert.equal(names({ userPrincipalName: 'joe_fabrikam.com#EXT#@contoso.com' })?.[0], 'joe_fabrikam.com');
    assert.equal(names({ userPrincipalName: 'joe_fabrikam.com#ext#@contoso.com' })?.[0], 'joe_fabrikam.com');
    assert.equal(
      names({ userPrincipalName: '#EXT#@contoso.com' })?.[0],
      '#ext#',
      'a mark with nothing before it is a name',
    );
  });

  it('have no colon, slash or control character, which passwd files could not hold', () => {
    assert.equal(names({ userPrincipalName: 'a:b/c\nd@example.com' })?.[0], 'a_b_c_d');
  });

  it('do not exist without a user principal name (FED-06, SNP-06)', () => {
    assert.equal(names({ displayName: 'Room 1' }), undefined);
    assert.equal(names({ userPrincipalName: ' ' }), undefined);
  });

  it('keep letters of any script, composed (NFC)', () => {
    assert.equal(names({ userPrincipalName: 'JU\u0308RGEN@example.com' })?.[0], 'jürgen');
  });
});

describe('names of groups', () => {
  it('are the display name, then what carries the object id (P5, PAIN-07)', () => {
    assert.deepEqual(groupNames({ displayName: ' All\tStaff ' }, modelId('group', 7)), [
      'All Staff',
      'All Staff-bbbbbbbb',
      `All Staff-${modelId('group', 7)}`,
    ]);
  });

  it('are what the settings make of the properties, where that is something', () => {
    assert.equal(groupNames({ displayName: 'All Staff' }, modelId('group', 7), 'staff')?.[0], 'staff');
  });

  it('fall back to the mail nickname, and do not exist without either', () => {
    assert.equal(groupNames({ mailNickname: 'staff' }, modelId('group', 7))?.[0], 'staff');
    assert.equal(groupNames({}, modelId('group', 7)), undefined);
  });
});

describe('name keys', () => {
  it('are equal for names that differ in case, spacing or compatible letters', () => {
    assert.equal(nameKey('  All   Staff '), nameKey('all staff'));
    assert.equal(nameKey('ＳＴＡＦＦ'), nameKey('staff'));
    assert.notEqual(nameKey('staff'), nameKey('stáff'));
  });

  it('of plain names are made without work, and are the same as with it', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9._@-]+$/), (name) => {
        assert.equal(nameKey(name), name.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim());
      }),
      { seed: 20261121 },
    );
  });
});

describe('assignments', () => {
  const supply: Supply = { space: 'user', range, reserved: nobody, nowMs: 7, isClaimed: () => false };
  const give = (ledger: Ledger, object: number, wanted: string, changes: Partial<Supply> = {}): LedgerEntry =>
    assign(ledger, { ...supply, ...changes }, modelId('user', object), [wanted, `${wanted}-${object}`]);

  it('give the second asker the next of its names (P5)', () => {
    const ledger = new MemoryLedger();
    assert.equal(give(ledger, 1, 'alice').name, 'alice');
    assert.equal(give(ledger, 2, 'Alice').name, 'Alice-2');
  });

  it('never give a name again that its owner has left (P5)', () => {
    const ledger = new MemoryLedger();
    give(ledger, 1, 'alice');
    assert.equal(give(ledger, 1, 'alicia').name, 'alicia');
    assert.equal(give(ledger, 2, 'alice').name, 'alice-2');
    assert.equal(give(ledger, 1, 'alice').name, 'alice', 'the owner may return to it');
  });

  it('give the number that is kept for the user principal name, or for the name that is given, and for no other wish (P5)', () => {
    const ledger = new MemoryLedger();
    ledger.reserved.set('alice', 5001).set('alice-2', 5002);
    assert.equal(give(ledger, 1, 'alice').number, 5001);
    assert.equal(give(ledger, 2, 'alice').number, 5002);
    ledger.reserved.set('bob', 5003);
    give(ledger, 3, 'bob');
    assert.notEqual(give(ledger, 4, 'bob').number, 5003, 'the second asker is given another name');
  });

  it('note how the number came about and since when, through a rename too (P9)', () => {
    const ledger = new MemoryLedger();
    const small = { range: { from: 1000, to: 1001 } };
    const first = give(ledger, 1, 'alice', small);
    assert.deepEqual(ledger.origin(first.objectId), { origin: 'derived', numberAtMs: 7, nameAtMs: 7 });
    give(ledger, 1, 'alicia', { nowMs: 9 });
    assert.deepEqual(ledger.origin(first.objectId), { origin: 'derived', numberAtMs: 7, nameAtMs: 9 });
    // Both numbers of the range are given now, so at most one of two was the one of its object id.
    const second = give(ledger, first.number === 1000 ? 2 : 3, 'bob', {
      range: { from: first.number, to: first.number + 1 },
    });
    assert.deepEqual([second.number, ledger.origin(second.objectId)?.nameAtMs], [first.number + 1, 7]);
    const adopted = assign(ledger, supply, modelId('user', 9), ['carol', 'carol-9'], 1003);
    assert.equal(ledger.origin(adopted.objectId)?.origin, 'adopted');
  });

  it('keep the number through a rename, and record nothing when nothing changed (PAIN-08, PAIN-09)', () => {
    const ledger = new MemoryLedger();
    const first = give(ledger, 1, 'alice');
    assert.equal(give(ledger, 1, 'alicia').number, first.number);
    const { recorded } = ledger;
    give(ledger, 1, 'alicia');
    assert.equal(ledger.recorded, recorded);
  });

  it('give every object a number of its own until the range is used up, and then say so (PAIN-08, P8)', () => {
    const ledger = new MemoryLedger();
    const numbers = [1, 2, 3, 4].map((object) => give(ledger, object, `user${object}`).number);
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      [1000, 1001, 1002, 1003],
    );
    assert.throws(() => give(ledger, 5, 'user5'), /all numbers of the range 1000\.\.1003 are given/);
  });

  it('give the same number to the same object in any ledger where it is free (PAIN-08)', () => {
    const wide = { from: 100_000_000, to: 999_999_999 };
    const number = (ledger: Ledger): number => assign(ledger, { ...supply, range: wide }, id, ['alice']).number;
    assert.equal(number(new MemoryLedger()), number(new MemoryLedger()));
    // Stores that exist hold numbers that were derived so; another derivation would give other ones after a loss.
    assert.equal(number(new MemoryLedger()), NUMBER_OF_FIRST_USER);
  });

  it('give nobody the name and the number that are reserved', () => {
    const ledger = new MemoryLedger();
    const reserved = { nameKey: 'domain-users', number: 1002 };
    assert.equal(give(ledger, 1, 'Domain-Users', { reserved }).name, 'Domain-Users-1');
    const numbers = [1, 2, 3].map((object) => give(ledger, object, `user${object}`, { reserved }).number);
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      [1000, 1001, 1003],
    );
  });

  it('adopt a number only with the first name, also one outside the range (PAIN-08)', () => {
    const ledger = new MemoryLedger();
    const adopting = (wanted: string, number: number): LedgerEntry =>
      assign(ledger, supply, modelId('user', 1), [wanted], number);
    assert.equal(adopting('alice', 70_000).number, 70_000);
    assert.equal(adopting('alicia', 1001).number, 70_000);
    assert.equal(ledger.numberHolder('user', 70_000), modelId('user', 1));
  });

  it('give nobody by chance a number that somebody asks for (P5)', () => {
    const ledger = new MemoryLedger();
    const isClaimed = (number: number): boolean => number !== 1003;
    assert.equal(give(ledger, 1, 'alice', { isClaimed }).number, 1003);
    assert.throws(() => give(ledger, 2, 'bob', { isClaimed }), /all numbers/);
  });
});

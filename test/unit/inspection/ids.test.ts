import assert from 'node:assert/strict';
import type { IdsReport } from '../../../src/identity/inspection.ts';
import { adoptNumbers } from '../../../src/inspection/adopt-numbers.ts';
import { IdFileError, readIdRows, readWishedNumbers } from '../../../src/inspection/id-rows.ts';
import { importIds } from '../../../src/inspection/import-ids.ts';
import { modelId } from '../../support/model-tenant.ts';
import { openSettings } from '../../support/sync-bench.ts';
import { collect, InspectionBench } from './inspection-bench.ts';

const [alice, bob] = [modelId('user', 1), modelId('user', 2)];
const staff = modelId('group', 1);
const head = 'objectId,kind,use,name,number\n';
const reservedForGroups = { nameKey: 'domain-users', number: 1_000_000_000 };

function take(bench: InspectionBench, text: string, isDryRun = false): Promise<IdsReport> {
  const target = { ledger: bench.store.ledger, reservedForGroups, nowMs: 42 };
  return importIds(target, readIdRows(text), isDryRun);
}

function adopt(bench: InspectionBench, text: string): Promise<IdsReport> {
  const { ledger, mirror } = bench.store;
  return adoptNumbers({ ledger, mirror, reservedForGroups, nowMs: 42 }, readWishedNumbers(text), false);
}

function problems({ problems: found }: IdsReport): readonly string[] {
  return found.map(({ line, problem }) => `${line}: ${problem}`);
}

describe('an import of names and numbers', () => {
  it('takes over current and former names, and gives them to nobody else (P5)', async () => {
    await using bench = await InspectionBench.open();
    const text = `${head}${alice},user,current,alicia,5001\n${alice},user,former,alice,5001\n${staff},group,current,Staff,7001\n`;
    assert.deepEqual(await take(bench, text), {
      added: 3,
      unchanged: 0,
      problems: [],
      problemCount: 0,
      isWritten: true,
    });
    const { ledger } = bench.store;
    assert.deepEqual(ledger.entry(alice), { objectId: alice, space: 'user', name: 'alicia', number: 5001 });
    assert.deepEqual(ledger.origin(alice), { origin: 'imported', numberAtMs: 42, nameAtMs: 42 });
    bench.tenant.putUser(bob, { userPrincipalName: 'alice@example.com' });
    await bench.round();
    assert.equal(ledger.entry(bob)?.name, 'alice@example.com');
    assert.deepEqual(
      (await collect(bench.inspection.ids())).map(({ name, use }) => [name, use]),
      [
        ['alice', 'former'],
        ['alice@example.com', 'current'],
        ['alicia', 'current'],
        ['Staff', 'current'],
      ],
    );
  });

  it('reads what it has written as JSON, and finds that all is known', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    await bench.round();
    const text = JSON.stringify({ ids: await collect(bench.inspection.ids()) });
    const report = await take(bench, text);
    assert.deepEqual([report.added, report.unchanged, report.problemCount], [0, 1, 0]);
  });

  it('writes nothing when it only looks', async () => {
    await using bench = await InspectionBench.open();
    const report = await take(bench, `${head}${alice},user,current,alice,5001\n`, true);
    assert.deepEqual([report.added, report.isWritten], [1, false]);
    assert.equal(bench.store.ledger.entry(alice), undefined);
  });

  const contradictions: readonly (readonly [what: string, rows: string, problem: RegExp])[] = [
    ['a name twice', `${alice},user,current,a,5001\n${bob},user,current,A,5002`, /^3: the name "A" is on line 2 too$/],
    [
      'a number twice',
      `${alice},user,current,a,5001\n${bob},user,current,b,5001`,
      /^3: number 5001 belongs to another/,
    ],
    [
      'two numbers of one',
      `${alice},user,current,a,5001\n${alice},user,former,b,5002`,
      /^3: .* another kind or number/,
    ],
    ['two current names', `${alice},user,current,a,5001\n${alice},user,current,b,5001`, /^3: .* two current names$/],
    ['only a former name', `${alice},user,former,a,5001`, /^2: .* no current one$/],
    ['a number of the system', `${alice},user,current,a,0`, /^2: "0" is not a number for users or groups$/],
    ['the number of nobody', `${alice},user,current,a,65534`, /^2: "65534" is not a number/],
    ['no number', `${alice},user,current,a,5001x`, /^2: "5001x" is not a number/],
    ['no kind', `${alice},device,current,a,5001`, /^2: "device" is neither user nor group$/],
    ['no use', `${alice},user,now,a,5001`, /^2: "now" is neither current nor former$/],
    ['no name', `${alice},user,current, ,5001`, /^2: there is no name/],
    ['a name with a zero byte', `${alice},user,current,a\0b,5001`, /^2: there is no name, or none that can be one$/],
    ['the number of the primary group', `${staff},group,current,a,1000000000`, /^2: number 1000000000 is the one of/],
    ['the name of the primary group', `${staff},group,current,Domain-Users,7001`, /^2: .* name of the primary group$/],
  ];
  for (const [what, rows, problem] of contradictions) {
    it(`refuses a file with ${what}, as a whole (P5)`, async () => {
      await using bench = await InspectionBench.open();
      const report = await take(bench, `${head}${rows}\n${modelId('user', 9)},user,current,innocent,5009\n`);
      assert.equal(report.problemCount, 1);
      assert.match(problems(report)[0] ?? '', problem);
      assert.equal(report.isWritten, false);
      assert.equal(bench.store.ledger.entry(modelId('user', 9)), undefined);
    });
  }

  it('refuses what would change or take what was given (P5)', async () => {
    await using bench = await InspectionBench.open();
    await take(bench, `${head}${alice},user,current,alice,5001\n`);
    assert.deepEqual(problems(await take(bench, `${head}${alice},user,current,alice,5002\n`)), [
      `2: ${alice} was given user number 5001 before, which stays`,
    ]);
    assert.deepEqual(problems(await take(bench, `${head}${alice},user,current,other,5001\n`)), [
      `2: ${alice} has the name "alice" and never had "other"`,
    ]);
    assert.deepEqual(problems(await take(bench, `${head}${bob},user,current,Alice,5002\n`)), [
      `2: "Alice" is given to alice (${alice})`,
    ]);
    assert.deepEqual(problems(await take(bench, `${head}${bob},user,current,bob,5001\n`)), [
      `2: number 5001 is given to alice (${alice})`,
    ]);
  });

  it('refuses a file that is something else', () => {
    for (const text of ['', 'name,number\na,1\n', '{"ids":7}', '{', '"open\nobjectId']) {
      assert.throws(() => readIdRows(text), IdFileError, text);
    }
  });
});

describe('an adoption of numbers', () => {
  it('reads LDIF with folded lines, base64 and comments, users by what names them best (RFC 2849)', () => {
    const text = [
      'version: 1',
      '# people',
      'dn: uid=a,o=x',
      'uid: a',
      'userPrincipalName: a@exam',
      ' ple.com',
      'uidNumber: 5001',
      'gidNumber: 100',
      '',
      'dn:: dWlkPWIsbz14',
      'uid;lang-en:: YsO2',
      'uidNumber:5002',
      '',
      'dn: cn=g,o=x',
      'cn: g',
      'gidNumber: 7001',
      '',
      'dn: o=x',
      'o: x',
      '',
    ];
    assert.deepEqual(readWishedNumbers(text.join('\r\n')), [
      { line: 3, kind: 'user', name: 'a@example.com', number: '5001' },
      { line: 10, kind: 'user', name: 'bö', number: '5002' },
      { line: 14, kind: 'group', name: 'g', number: '7001' },
    ]);
  });

  it('knows whom Active Directory exports by SID or GUID, whatever their names are in the tenant (SNP-02, PAIN-08)', async () => {
    await using bench = await InspectionBench.open();
    const sid = Buffer.from('010500000000000515000000010000000200000003000000e8030000', 'hex').toString('base64');
    const guid = Buffer.alloc(16, 7).toString('base64');
    const text = [
      'dn: CN=Al,DC=corp',
      'sAMAccountName: al',
      'userPrincipalName: al@corp.local',
      `objectSid:: ${sid}`,
      `objectGUID:: ${guid}`,
      'uidNumber: 5001',
      '',
      'dn: CN=Bo,DC=corp',
      'sAMAccountName: bo',
      `objectGUID:: ${guid}`,
      'uidNumber: 5002',
      '',
      'dn: CN=Team,DC=corp',
      'cn: Team',
      'objectSid: S-1-5-21-1-2-3-2000',
      'gidNumber: 7001',
      '',
    ];
    assert.deepEqual(
      readWishedNumbers(text.join('\n')).map(({ name, key }) => [name, key]),
      [
        ['al@corp.local', '\u0000sid:S-1-5-21-1-2-3-1000'],
        ['bo', `\u0000guid:${guid}`],
        ['Team', '\u0000sid:S-1-5-21-1-2-3-2000'],
      ],
    );
    const report = await adopt(bench, text.join('\n'));
    assert.deepEqual([report.added, report.problems], [3, []]);
    const staff = modelId('group', 9);
    bench.tenant.putUser(alice, {
      userPrincipalName: 'a.smith@example.com',
      onPremisesSecurityIdentifier: 'S-1-5-21-1-2-3-1000',
    });
    bench.tenant.putUser(bob, { userPrincipalName: 'b.smith@example.com', onPremisesImmutableId: guid });
    bench.tenant.putGroup(staff, { displayName: 'Renamed', onPremisesSecurityIdentifier: 'S-1-5-21-1-2-3-2000' });
    await bench.round();
    const { ledger } = bench.store;
    assert.deepEqual(
      [alice, bob, staff].map((id) => ledger.entry(id)?.number),
      [5001, 5002, 7001],
    );
    const again = await adopt(bench, text.join('\n'));
    assert.deepEqual([again.added, again.unchanged, again.problems], [0, 3, []]);
  });

  it('keeps a number for nobody but its owner, however long that takes (P5, P3)', async () => {
    await using bench = await InspectionBench.open();
    assert.equal((await adopt(bench, 'name,number,kind\nalice,5001,user\nStaff,7001,group\n')).added, 2);
    const { ledger } = bench.store;
    assert.notEqual(ledger.numberHolder('user', 5001), undefined, 'it is not free');
    assert.equal(ledger.numberHolder('group', 5001), undefined);
    bench.tenant.putUser(bob, { userPrincipalName: 'bob@example.com' });
    await bench.round();
    assert.notEqual(ledger.entry(bob)?.number, 5001);
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    await bench.round();
    assert.equal(ledger.entry(alice)?.number, 5001);
    assert.equal(ledger.numberHolder('user', 5001), alice);
    // Whoever gets the name in another way later does not get the number again.
    assert.equal(ledger.reservedNumber('user', ['alice']), undefined);
  });

  it('gives a kept number also to whom its property asks for it, and to nobody else whose property does', async () => {
    const users = { ...openSettings.users, uidNumberFrom: 'employeeId' };
    await using bench = await InspectionBench.open({ ...openSettings, users });
    await adopt(bench, 'name,number\nalice,5001\n');
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com', employeeId: '5001' });
    bench.tenant.putUser(bob, { userPrincipalName: 'bob@example.com', employeeId: '5001' });
    const { collections } = await bench.round();
    assert.deepEqual(collections.users.notAdopted, { 'given to another': 1 });
    assert.equal(bench.store.ledger.entry(alice)?.number, 5001);
    assert.notEqual(bench.store.ledger.entry(bob)?.number, 5001);
  });

  it('prefers the user principal name to the name, so that two of one name get each its own (PAIN-07)', async () => {
    await using bench = await InspectionBench.open();
    await adopt(bench, 'userPrincipalName,number\nalice@new.com,5002\nalice@old.com,5001\n');
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@old.com' });
    bench.tenant.putUser(bob, { userPrincipalName: 'alice@new.com' });
    await bench.round();
    assert.equal(bench.store.ledger.entry(alice)?.number, 5001);
    assert.equal(bench.store.ledger.entry(bob)?.number, 5002);
  });

  it('refuses what is given or kept already, each with its line (P5)', async () => {
    await using bench = await InspectionBench.open();
    bench.tenant.putUser(alice, { userPrincipalName: 'alice@example.com' });
    await bench.round();
    const number = bench.store.ledger.entry(alice)?.number ?? 0;
    await adopt(bench, 'name,number\nzoe,5009\n');
    const text = [
      'userPrincipalName,name,number,kind',
      'alice@example.com,,5001,',
      `,bob,${number},`,
      ',zoe,5008,user',
      ',carol,5009,user',
      ',dave,5003,user',
      ',dave,5004,user',
      ',erin,5003,user',
      ',,5005,user',
      ',frank,7,user',
      ',Some,1000000000,group',
      `alice@example.com,,${number},user`,
    ];
    assert.deepEqual(problems(await adopt(bench, text.join('\n'))), [
      '9: there is neither a user principal name nor a name',
      '10: "7" is not a number for users or groups',
      '7: "dave" is on line 6 too',
      '8: number 5003 is on line 6 too',
      '12: "alice@example.com" is on line 2 too',
      `12: number ${number} is on line 3 too`,
      `2: "alice@example.com" was given number ${number} before, which stays`,
      `3: number ${number} is given to the user alice`,
      '4: number 5009 is kept for "zoe" already',
      '5: number 5009 is kept for another',
      '11: number 1000000000 is the one of the primary group',
    ]);
    assert.equal(bench.store.ledger.reservedNumber('user', ['dave', 'erin']), undefined);
  });
});

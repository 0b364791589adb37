import { parseTenant } from '../../src/simulator/tenant-file.ts';
import type { TenantModel } from '../../src/simulator/tenant/tenant-model.ts';

const domain = 'contoso.com';

type Person = Readonly<Record<string, unknown>>;

function person(name: string, displayName: string, surname: string, more: Person = {}): Person {
  const { givenName = displayName.split(' ')[0] } = more;
  return {
    userPrincipalName: `${name}@${domain}`,
    mail: `${name}@${domain}`,
    mailNickname: name,
    displayName,
    surname,
    createdDateTime: '2024-02-29T12:00:00Z',
    ...more,
    givenName,
  };
}

/** Names and values that matching rules, filters and DNs have to get right, one person for each. */
const special: readonly Person[] = [
  person('alice', 'Alice Archer', 'Archer', {
    businessPhones: ['+1 555-0100', '+1 (555) 0199'],
    mobilePhone: '+1 555 0100',
    department: 'Sales',
    jobTitle: 'Head of Sales',
    companyName: 'Contoso Ltd.',
    city: 'Springfield',
    country: 'United States',
    officeLocation: '18/2111',
    employeeId: '0042',
    employeeType: 'Employee',
    preferredLanguage: 'en-US',
    otherMails: ['alice@example.org'],
    lastPasswordChangeDateTime: '2025-03-01T10:00:00Z',
  }),
  person('bob', 'Bob  Baker', 'Baker', {
    department: 'sales',
    jobTitle: 'Clerk',
    businessPhones: ['+44 20 7946-0958'],
  }),
  person('carol', 'Comma, Carol (Ops) *', 'Comma', { department: 'R&D', employeeId: '42' }),
  person('zoe', 'Zoë Müller', 'Müller', { city: 'Zürich', businessPhones: ['+41 44 668 18 00'] }),
  person('strasse', 'Jürgen Weiß', 'Weiß', { streetAddress: 'Große Straße 5', city: 'Köln' }),
  person('ibrahim', 'İbrahim Işık', 'Işık', { city: 'İzmir', department: 'SALES' }),
  person('tanaka', '田中 太郎', '田中', { department: '営業', country: '日本' }),
  person('wide', 'ＷＩＤＥ Ｌｅｔｔｅｒｓ', 'Letters', { jobTitle: 'ﬁnance oﬃcer' }),
  person('soft', 'Soft\u00adHyphen Case', 'Case', { department: 'R\u00adD' }),
  person('accent', 'Jose\u0301 Nun\u0303ez', 'Nun\u0303ez', { city: 'Bogota\u0301' }),
  person('composed', 'José Nuñez', 'Nuñez', { city: 'Bogotá' }),
  person('slash', 'Back\\slash "Quoted" <x;y>', 'Quoted', { department: 'A+B=C#D' }),
  person('o.hara', "Scarlett O'Hara", "O'Hara", { jobTitle: 'Star *' }),
  person('plus+tag', 'Plus Tag', 'Tag', { department: 'Star*Star' }),
  person('emoji', 'Smile 😀 Person', 'Person', { department: 'Fun 😀' }),
  person('greek', 'Οδυσσεύς Έλλην', 'Έλλην', { city: 'ΑΘΗΝΑ' }),
  person('greek2', 'ΟΔΥΣΣΕΎΣ ΈΛΛΗΝ', 'ΈΛΛΗΝ', { city: 'Αθήνα' }),
  person('locked', 'Larry Locked', 'Locked', { accountEnabled: false, department: 'Sales' }),
  person('locked2', 'Laura Locked', 'Locked', { accountEnabled: false }),
  person('nomail', 'Norbert Nomail', 'Nomail', { mail: null, businessPhones: [] }),
  person('hybrid', 'Hybrid User', 'User', {
    onPremisesSyncEnabled: true,
    onPremisesImmutableId: 'aB3+dEf/==',
    onPremisesSamAccountName: 'CONTOSO.hybrid',
    onPremisesExtensionAttributes: { extensionAttribute1: 'One  two', extensionAttribute15: 'fünfzehn' },
    proxyAddresses: ['SMTP:hybrid@contoso.com', 'smtp:h.user@contoso.com'],
  }),
];

const crowd: readonly Person[] = Array.from({ length: 60 }, (_, index) => {
  const number = String(index + 1).padStart(3, '0');
  const departments = ['Sales', 'Engineering', 'Human Resources', 'Legal'];
  return person(`user${number}`, `User ${number}`, `Number ${number}`, {
    department: departments[index % departments.length],
    employeeId: String(1000 + index * 7),
    businessPhones: [`+1 555-1${number}`],
    createdDateTime: new Date(Date.UTC(2023, index % 12, 1 + (index % 28), index % 24)).toISOString(),
  });
});

const mail = (name: string): string => `${name}@${domain}`;

const groups = [
  { displayName: 'Everyone', members: [...special, ...crowd].map((user) => user['userPrincipalName']) },
  { displayName: 'Sales', description: 'People who sell', members: ['alice', 'bob', 'locked'].map(mail) },
  { displayName: 'Sales, EMEA', description: 'Comma * star (paren)', members: [mail('zoe'), mail('strasse')] },
  { displayName: 'Nested', members: ['Sales', 'Inner Circle'] },
  { displayName: 'Inner Circle', members: [mail('tanaka'), 'Nested'] },
  { displayName: 'Empty', description: 'Nobody' },
  {
    displayName: 'Größe & Höhe',
    mail: 'groesse@contoso.com',
    mailEnabled: true,
    groupTypes: ['Unified'],
    members: [mail('greek')],
  },
  { displayName: '#hash +plus', members: [mail('plus+tag'), mail('slash')] },
];

/** A tenant of {@link special} people, a crowd, and groups: one big, one nested in a circle, one empty. */
export function differentialTenant(): TenantModel {
  const tenant = {
    tenant: { id: '0b5c9a5e-6f0c-4b0e-9d56-2f8f0e7a1c11', displayName: 'Contoso', domains: [domain] },
    users: [...special, ...crowd].map((user, index) => ({ id: guid(1, index), ...user })),
    groups: groups.map((group, index) => ({ id: guid(2, index), ...group })),
  };
  // JSON is YAML.
  return parseTenant(JSON.stringify(tenant), 'differential');
}

function guid(kind: number, index: number): string {
  return `${kind}0000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
}

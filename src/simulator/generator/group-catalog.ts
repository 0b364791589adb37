/** The kinds of groups that Entra knows, as their properties tell them apart. */
export type GroupKind = 'security' | 'unified' | 'dynamic' | 'dynamicUnified' | 'mailEnabledSecurity' | 'distribution';

/** A group that is in every generated tenant that is large enough, at the index of its place in {@link FIXED_GROUPS}. */
export interface FixedGroup {
  readonly displayName: string;
  readonly mailNickname: string;
  readonly kind: GroupKind;
  /** The first so many users are direct members. */
  readonly users: number | 'everybody';
  /** Indexes of direct member groups. */
  readonly nested: readonly number[];
  /** The first so many devices and service principals are direct members. */
  readonly others: number;
}

const group = (
  displayName: string,
  mailNickname: string,
  kind: GroupKind,
  users: FixedGroup['users'],
  nested: readonly number[] = [],
  others = 0,
): FixedGroup => ({ displayName, mailNickname, kind, users, nested, others });

/** The documented groups of generated tenants. Engineering, Platform and Site Reliability contain each other in a circle. */
export const FIXED_GROUPS: readonly FixedGroup[] = [
  group('All Employees', 'all-employees', 'security', 'everybody'),
  group('Engineering', 'engineering', 'security', 6, [2]),
  group('Platform', 'platform', 'security', 2, [3]),
  group('Site Reliability', 'sre', 'security', 1, [1]),
  group('Sales', 'sales', 'unified', 8),
  group('Project Falcon', 'falcon', 'unified', 4),
  group('Project Falcon', 'falcon-security', 'security', 3),
  group('Leadership', 'leadership', 'mailEnabledSecurity', 2),
  group('Announcements', 'announcements', 'distribution', 10, [1, 4]),
  group('Active People', 'active-people', 'dynamic', 10),
  group('Empty Room', 'empty-room', 'security', 0),
  group('Build Agents', 'build-agents', 'security', 1, [], 2),
];

/** First words of generated group names. */
export const TEAMS: readonly string[] = [
  'Berlin',
  'München',
  'São Paulo',
  'Київ',
  'Αθήνα',
  '東京',
  'القاهرة',
  'Retail',
  'Finance',
  'Cloud',
  'Kundendienst',
  'Legal',
  'Data & Analytics',
  'Field',
];

/** Second words of generated group names. */
export const TOPICS: readonly string[] = [
  'Team',
  'Managers',
  'Admins',
  'VPN Users',
  'Project',
  'Licence E5',
  'Readers',
  'Writers',
  'On-Call',
  'Community',
  'Mitglieder',
];

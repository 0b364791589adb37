/** Which ways to log in are open to whom: the rules of `bind.rules`, and what an administrator is told of them. */

/**
 * What a rule can switch on or off for people.
 *
 * - `local`: the passwords of overlay files
 * - `appPasswords`: the passwords that were made here
 * - `entra`: the password of Entra, remembered or not
 * - `remembered`: that password without Entra being asked
 * - `codeRequired`: that every password wants a one-time code behind it
 */
export const bindSwitches = ['local', 'appPasswords', 'entra', 'remembered', 'codeRequired'] as const;

/** One of {@link bindSwitches}. */
export type BindSwitch = (typeof bindSwitches)[number];

/** What a rule says; what it leaves out is decided by the rules behind it, then by the settings for everybody. */
export type BindSwitches = Readonly<Partial<Record<BindSwitch, boolean>>>;

/** A rule as the administrator has written it, and which of its groups the directory does not have. */
export interface BindRuleReport {
  /** Names or object ids; null: whatever groups somebody is in. */
  readonly groups: readonly string[] | null;
  /** Service accounts from whose networks a bind has to come; null: from anywhere. */
  readonly services: readonly string[] | null;
  readonly switches: BindSwitches;
  /** Groups that are not in the directory, so that nobody is in them. */
  readonly unknownGroups: readonly string[];
}

/** How one switch stands for somebody. */
export interface BindSwitchReport {
  readonly name: BindSwitch;
  readonly isOn: boolean;
  /** The key of the configuration that has decided: `bind.rules[2]`, or the setting for everybody. */
  readonly setting: string;
}

/** How all switches that concern somebody stand, for binds from one place. */
export interface BindPlaceReport {
  /** The service account from whose networks the bind comes; null for any other place. */
  readonly service: string | null;
  readonly switches: readonly BindSwitchReport[];
}

/** Which ways to log in are open to a person. */
export interface BindWays {
  /** The first is any place that no rule is about; places where nothing is otherwise are left out. */
  readonly places: readonly BindPlaceReport[];
  /** Whether one-time codes were set up for the person. */
  readonly hasCodes: boolean;
}

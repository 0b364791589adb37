/** A plain reading of `bind.rules`, as docs/binding.md has it, and nothing of the code that decides by them. */
import type { BindSettings } from '../../src/auth/settings.ts';
import type { BindSwitch } from '../../src/identity/bind-rule.ts';

/** What of the settings says who may log in how. */
type RuledSettings = Pick<BindSettings, 'rules' | 'entra' | 'appPasswords' | 'remembered' | 'oneTimeCodes'>;

/** Who logs in from where, as far as rules ask. */
export interface Visitor {
  readonly isStaff: boolean;
  readonly address: string;
}

/** The only service that rules name, and the only address of it. */
export const vpn = { name: 'vpn', address: '198.51.100.7' } as const;

/** Whether a way is open, or a code demanded. */
export function isOn(settings: RuledSettings, name: BindSwitch, visitor: Visitor): boolean {
  const { appPasswords, entra, remembered, oneTimeCodes } = settings;
  const general: Record<BindSwitch, boolean> = {
    local: true,
    appPasswords: appPasswords.enabled,
    entra: entra?.enabled ?? true,
    remembered: remembered !== undefined && remembered.isByRuleOnly !== true,
    codeRequired: oneTimeCodes.required,
  };
  return ruled(settings, name, visitor) ?? general[name];
}

/** Whether an app password wants a code. */
export function isCodeOfAppPasswordWanted(settings: RuledSettings, visitor: Visitor): boolean {
  const wanted = ruled(settings, 'codeRequired', visitor);
  return wanted ?? (settings.oneTimeCodes.required || settings.appPasswords.codeRequired);
}

/** Whether the password of Entra is good without Entra being asked. */
export function isRememberedOpen(settings: RuledSettings, visitor: Visitor): boolean {
  const isThere = settings.remembered !== undefined;
  return isThere && isOn(settings, 'entra', visitor) && isOn(settings, 'remembered', visitor);
}

function ruled({ rules }: RuledSettings, name: BindSwitch, { isStaff, address }: Visitor): boolean | undefined {
  return rules.find(
    ({ groups, services, switches }) =>
      (groups === undefined || isStaff) &&
      (services === undefined || address === vpn.address) &&
      switches[name] !== undefined,
  )?.switches[name];
}

import type { BindSwitch } from '../identity/bind-rule.ts';

/** How a switch stands, and which rule has decided; undefined for the setting for everybody. */
export interface DecidedSwitch {
  readonly isOn: boolean;
  readonly rule: number | undefined;
}

/** All switches for one person in one place. */
export type DecidedSwitches = Readonly<Record<BindSwitch, DecidedSwitch>>;

/** Which links are open to one person in one place, and which want a one-time code. */
export class Ruling {
  readonly switches: DecidedSwitches;
  readonly #appPasswordsWantCode: boolean;

  /** `appPasswordsWantCode`: app passwords want a code also where no rule says so. */
  constructor(switches: DecidedSwitches, appPasswordsWantCode: boolean) {
    this.switches = switches;
    this.#appPasswordsWantCode = appPasswordsWantCode;
  }

  /** Whether a link may let the person in; true for links that are not switched. */
  isOpen(link: string): boolean {
    const { local, appPasswords, entra, remembered } = this.switches;
    switch (link) {
      case 'local':
        return local.isOn;
      case 'appPassword':
        return appPasswords.isOn;
      case 'entra':
        return entra.isOn;
      case 'remembered':
        // It is the password of Entra, and whoever closes the one door does not mean the other to stand open (P7).
        return entra.isOn && remembered.isOn;
      default:
        return true;
    }
  }

  /** Whether a link lets the person in with a one-time code only. */
  needsCode(link: string): boolean {
    const { codeRequired } = this.switches;
    if (codeRequired.isOn || codeRequired.rule !== undefined) return codeRequired.isOn;
    return link === 'appPassword' && this.#appPasswordsWantCode;
  }
}

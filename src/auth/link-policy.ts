/**
 * Which links of the chain are open to whom, and where. Rules are looked at in their order; for each switch the first that is about
 * the person and the place, and names the switch, decides, and else the setting for everybody.
 */
import { DirectoryStorageError } from '../directory/reader.ts';
import type { GroupReference } from '../directory/rights.ts';
import {
  type BindPlaceReport,
  type BindRuleReport,
  type BindSwitch,
  type BindSwitches,
  bindSwitches,
} from '../identity/bind-rule.ts';
import type { GroupLookup, IsIn } from './group-lookup.ts';
import { type DecidedSwitch, type DecidedSwitches, Ruling } from './ruling.ts';
import type { ServiceAccount } from './service-accounts.ts';
import { SourceNetworks } from './source-networks.ts';
import type { BindUser } from './user-lookup.ts';

/** A rule about who may log in how. */
export interface LinkRule {
  /** Whom it is about: the members of any of these groups; undefined: everybody. */
  readonly groups: readonly GroupReference[] | undefined;
  /** Where it applies: to binds from the networks of any of these service accounts; undefined: everywhere. */
  readonly services: readonly string[] | undefined;
  readonly switches: BindSwitches;
}

/** What of the settings of binds {@link LinkPolicy} works by. */
export interface LinkPolicySettings {
  readonly rules: readonly LinkRule[];
  readonly entra?: { readonly enabled: boolean };
  readonly appPasswords: { readonly enabled: boolean; readonly codeRequired: boolean };
  readonly remembered:
    | { readonly freshMs: number; readonly outageMs: number; readonly isByRuleOnly?: boolean }
    | undefined;
  readonly oneTimeCodes: { readonly required: boolean; readonly window: number };
}

/** What a {@link LinkPolicy} is made of. */
export interface LinkPolicyOptions {
  readonly bind: LinkPolicySettings;
  readonly serviceAccounts: readonly Pick<ServiceAccount, 'name' | 'allowFrom'>[];
  /** Left out: nobody is in any group. */
  readonly groups?: GroupLookup | undefined;
}

/** The keys of the configuration with what holds where no rule says otherwise. */
const generalSettings: Readonly<Record<BindSwitch, string>> = {
  local: 'the overlay',
  appPasswords: 'bind.appPasswords.enabled',
  entra: 'bind.entra.enabled',
  remembered: 'bind.remembered.enabled',
  codeRequired: 'bind.oneTimeCodes.required',
};

type Person = Pick<BindUser, 'entryId' | 'objectId' | 'isLocal' | 'guest'>;
type IsThere = (rule: LinkRule, index: number) => boolean;

/** Decides about links, in what is published at the moment of asking. */
export class LinkPolicy {
  readonly #bind: LinkPolicySettings;
  readonly #groups: GroupLookup | undefined;
  readonly #networks: readonly (SourceNetworks | undefined)[];
  readonly #general: DecidedSwitches;

  constructor({ bind, serviceAccounts, groups }: LinkPolicyOptions) {
    this.#bind = bind;
    this.#groups = groups;
    const byName = new Map(serviceAccounts.map(({ name, allowFrom = [] }) => [name, allowFrom]));
    this.#networks = bind.rules.map(
      ({ services }) => services && new SourceNetworks(services.flatMap((name) => byName.get(name) ?? [])),
    );
    const general = (isOn: boolean): DecidedSwitch => ({ isOn, rule: undefined });
    this.#general = {
      local: general(true),
      appPasswords: general(bind.appPasswords.enabled),
      entra: general(bind.entra?.enabled !== false),
      remembered: general(bind.remembered !== undefined && bind.remembered.isByRuleOnly !== true),
      codeRequired: general(bind.oneTimeCodes.required),
    };
  }

  /** Whether a switch is on for anybody at all. */
  isOnForSome(name: BindSwitch): boolean {
    return this.#general[name].isOn || this.#bind.rules.some(({ switches }) => switches[name] === true);
  }

  /** What holds for binds of a user from an address. Throws `DirectoryStorageError` when the store cannot be read. */
  of(user: Pick<BindUser, 'entryId' | 'objectId'>, address: string): Ruling {
    return this.#rule(user, (_, index) => this.#networks[index]?.includes(address) !== false);
  }

  /** What holds for binds of a user from each place that rules are about, the first from none of them. Throws `DirectoryStorageError`. */
  everywhere(user: Pick<BindUser, 'entryId' | 'objectId'>): readonly Ruling[] {
    return this.#places(user).map(({ ruling }) => ruling);
  }

  /** Whether the password of Entra alone opens an account from anywhere. Throws `DirectoryStorageError`. */
  opensByPasswordAlone(user: Pick<BindUser, 'entryId' | 'objectId'>): boolean {
    return this.everywhere(user).some((ruling) => ruling.isOpen('entra') && !ruling.needsCode('entra'));
  }

  /** What holds for a user, for an administrator: elsewhere, and where that is otherwise. Throws `DirectoryStorageError`. */
  placesOf(user: Person): readonly BindPlaceReport[] {
    const [elsewhere, ...others] = this.#places(user).map(({ service, ruling }) => ({
      service,
      switches: reportOf(user, ruling),
    }));
    if (elsewhere === undefined) return [];
    const isOther = ({ switches }: BindPlaceReport): boolean =>
      JSON.stringify(switches) !== JSON.stringify(elsewhere.switches);
    return [elsewhere, ...others.filter(isOther)];
  }

  /** The rules, for an administrator. */
  report(): readonly BindRuleReport[] {
    return this.#bind.rules.map(({ groups, services, switches }) => ({
      groups: groups?.map(({ name }) => name) ?? null,
      services: services ?? null,
      switches,
      unknownGroups: this.#unknown(groups ?? []),
    }));
  }

  #places(
    user: Pick<BindUser, 'entryId' | 'objectId'>,
  ): readonly { readonly service: string | null; readonly ruling: Ruling }[] {
    const services = new Set(this.#bind.rules.flatMap((rule) => rule.services ?? []));
    return [null, ...services].map((service) => {
      const isThere: IsThere = ({ services: of }) => of === undefined || (service !== null && of.includes(service));
      return { service, ruling: this.#rule(user, isThere) };
    });
  }

  #unknown(groups: readonly GroupReference[]): readonly string[] {
    try {
      return (this.#groups?.unknown(groups) ?? groups).map(({ name }) => name);
    } catch (error) {
      // That the store cannot be read is told by whoever needs it for more than a report.
      if (!(error instanceof DirectoryStorageError)) throw error;
      return [];
    }
  }

  #rule(user: Pick<BindUser, 'entryId' | 'objectId'>, isThere: IsThere): Ruling {
    const { rules, appPasswords } = this.#bind;
    const decide = (isIn: IsIn): Ruling => {
      const decided: Partial<Record<BindSwitch, DecidedSwitch>> = {};
      for (const [index, rule] of rules.entries()) {
        const open = bindSwitches.filter((name) => decided[name] === undefined && rule.switches[name] !== undefined);
        if (open.length === 0 || !isThere(rule, index) || rule.groups?.some(isIn) === false) continue;
        for (const name of open) decided[name] = { isOn: rule.switches[name] === true, rule: index };
      }
      return new Ruling({ ...this.#general, ...decided }, appPasswords.codeRequired);
    };
    const needsGroups = this.#groups !== undefined && rules.some(({ groups }) => groups !== undefined);
    return needsGroups ? this.#groups.membershipsOf(user, decide) : decide(() => false);
  }
}

/** What of a ruling concerns this person, in the order of the chain. */
function reportOf({ isLocal, guest }: Person, ruling: Ruling): BindPlaceReport['switches'] {
  const own: readonly BindSwitch[] = isLocal ? ['local'] : guest ? ['appPasswords'] : entraSwitches;
  return [...own, 'codeRequired' as const].map((name) => {
    const { isOn } = ruling.switches[name];
    const isClosedWithEntra = name === 'remembered' && isOn && !ruling.isOpen('remembered');
    return {
      name,
      isOn: isOn && !isClosedWithEntra,
      setting: settingOf(ruling, isClosedWithEntra ? 'entra' : name),
    };
  });
}

function settingOf({ switches }: Ruling, name: BindSwitch): string {
  const { rule } = switches[name];
  return rule === undefined ? generalSettings[name] : `bind.rules[${rule}]`;
}

const entraSwitches: readonly BindSwitch[] = ['appPasswords', 'entra', 'remembered'];

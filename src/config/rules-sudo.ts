/** Rules about sudo rules that need more than one key. */
import { nameKey } from '../projection/naming.ts';
import { sudoDefaultsName } from '../projection/sudo-entries.ts';
import { sudoAll } from '../projection/sudo-settings.ts';
import { atKey, type Finding, type KeyPath } from './problem.ts';
import type { Readable } from './readable.ts';
import type { ParsedConfig } from './schema.ts';

type Parts = Readable<ParsedConfig>;
type Rule = Readable<NonNullable<ParsedConfig['sudo']>['rules'][number]>;

interface Place {
  readonly path: KeyPath;
  readonly rule: NonNullable<Rule>;
}

function placesOf(config: Parts): readonly Place[] {
  return (config?.sudo?.rules ?? []).flatMap((rule, index) =>
    rule === undefined ? [] : [{ path: ['sudo', 'rules', index], rule }],
  );
}

/** The rules about sudo rules that the document breaks. */
export function brokenSudoRules(config: Parts): Finding[] {
  const places = placesOf(config);
  return [
    ...takenNames(places),
    ...places.flatMap((place) => [...forNobody(place), ...forNothing(place), ...noTime(place)]),
  ];
}

function takenNames(places: readonly Place[]): Finding[] {
  const seen = new Set([sudoDefaultsName]);
  return places.flatMap(({ path, rule: { name } }) => {
    if (name === undefined) return [];
    const key = nameKey(name);
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    const message =
      key === sudoDefaultsName
        ? 'is the name of the entry with the options for all rules (sudo.defaults); choose another one'
        : 'is the name of another rule already; choose another one';
    return [atKey([...path, 'name'], message)];
  });
}

function forNobody({ path, rule: { users, groups } }: Place): Finding[] {
  if (users === undefined || groups === undefined || users.length + groups.length > 0) return [];
  return [atKey(path, 'is for nobody; list groups, or users (ALL for everybody)')];
}

/** sudo itself takes a rule without hosts or commands for one that matches none. */
function forNothing({ path, rule }: Place): Finding[] {
  return (['hosts', 'commands'] as const).flatMap((key) => {
    const values = rule[key];
    if (values === undefined || values.some((value) => value?.startsWith('!') !== true)) return [];
    const message =
      values.length === 0
        ? `is empty; list ${key}, or remove it for all`
        : `only says what is excepted, and nothing from what; begin with ${sudoAll} or list ${key}`;
    return [atKey([...path, key], message)];
  });
}

function noTime({ path, rule: { notBefore, notAfter } }: Place): Finding[] {
  if (notBefore === undefined || notAfter === undefined || notBefore < notAfter) return [];
  return [atKey([...path, 'notAfter'], 'is not after notBefore, so that the rule would never hold')];
}

/** What is allowed in sudo rules and reaches far. */
export function sudoDoubts(config: Parts): Finding[] {
  const everywhere = optionDoubts(['sudo', 'defaults'], config?.sudo?.defaults);
  return [
    ...everywhere,
    ...placesOf(config).flatMap(({ path, rule }) => [
      ...forEverybody(path, rule),
      ...exceptions(path, rule),
      ...optionDoubts([...path, 'options'], rule.options),
    ]),
  ];
}

function forEverybody(path: KeyPath, { users }: NonNullable<Rule>): Finding[] {
  const index = (users ?? []).indexOf(sudoAll);
  if (index === -1) return [];
  const message = 'is everybody who can sign in to the machine, its local users included; better list groups';
  return [atKey([...path, 'users', index], message)];
}

function exceptions(path: KeyPath, { commands = [] }: NonNullable<Rule>): Finding[] {
  const index = commands.findIndex((command) => command?.startsWith('!'));
  if (index === -1 || !commands.includes(sudoAll)) return [];
  const message = `is easily got round beside ${sudoAll} (a copy of the program will do); better list what may be run`;
  return [atKey([...path, 'commands', index], message)];
}

function optionDoubts(path: KeyPath, options: readonly (string | undefined)[] = []): Finding[] {
  return options.flatMap((option, index) =>
    option === '!authenticate' ? [atKey([...path, index], 'lets commands be run without a password')] : [],
  );
}

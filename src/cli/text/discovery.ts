import type { MappableProperty, PropertiesOfTenant } from '../../identity/discovery.ts';
import { printable } from '../../wording/printable.ts';
import { count } from '../../wording/quantities.ts';
import { columns } from './table.ts';

/** What a tenant offers, for people; `all`: also what no sampled object has. */
export function discoveryText(found: readonly PropertiesOfTenant[], all: boolean): string {
  return `${found.map((each) => collectionText(each, all)).join('\n\n')}\n`;
}

function collectionText({ collection, sampled, properties, undiscovered }: PropertiesOfTenant, all: boolean): string {
  const title = collection === 'users' ? 'Users' : 'Groups';
  const looked = sampled === 1 ? '1 was looked at' : `${count(sampled)} were looked at`;
  // What the tenant itself has defined is of interest though nobody can look at the values.
  const shown = properties.filter(
    ({ count: having, kind }) => all || (having === null ? kind !== 'property' : having > 0),
  );
  const mapped = shown.filter(({ mappedTo }) => mappedTo.length > 0);
  const others = shown.filter(({ mappedTo }) => mappedTo.length === 0);
  const mappable = others.filter(({ line }) => line !== null);
  const unmappable = others.filter(({ line }) => line === null);
  return [
    `${title}: ${looked}.`,
    ...section(`Not mapped; a line under ${collection}.attributes brings it to LDAP:`, mappable, sampled, (each) => [
      each.line ?? '',
    ]),
    ...section('Mapped:', mapped, sampled, ({ source, mappedTo }) => [source, mappedTo.join(', ')]),
    ...section('Cannot be mapped, for they are lists of objects:', unmappable, sampled, ({ source }) => [source]),
    ...remarks(properties.length - shown.length, title.toLowerCase(), undiscovered),
  ].join('\n');
}

function section(
  title: string,
  properties: readonly MappableProperty[],
  sampled: number,
  names: (property: MappableProperty) => readonly string[],
): readonly string[] {
  if (properties.length === 0) return [];
  const rows = properties.map((property) => [
    ...names(property),
    `${property.type}${property.multiValued ? ', several' : ''}`,
    property.count === null ? 'not readable' : `${count(property.count)} of ${count(sampled)}`,
    [...property.values.map(quoted), ...(property.description === null ? [] : [`(${property.description})`])].join(' '),
  ]);
  return ['', title, '', indented(columns(rows.map((row) => row.map(printable))))];
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}

function quoted(value: string): string {
  return JSON.stringify(value);
}

function remarks(left: number, title: string, undiscovered: PropertiesOfTenant['undiscovered']): readonly string[] {
  const lines = [
    ...(left === 0 ? [] : [`Not listed: ${count(left)} that none of these ${title} has; --all lists them too.`]),
    ...undiscovered.map(({ what, why }) => `Left out: ${printable(what)} ${printable(why)}.`),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

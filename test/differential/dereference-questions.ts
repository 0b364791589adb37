/** Questions about the dereference control, whose answers come in a control of each entry. */

import { formatDn, parseDn } from '../../src/directory/dn.ts';
import { filterFromText } from '../support/filter-text.ts';
import { encodeFilter } from '../support/filter-ber.ts';
import { control, elements, message, searchRequest, sequence, text } from '../support/ldap-ber.ts';
import type { RawClient, RawMessage } from '../support/ldap-raw-client.ts';
import type { Answer, Question } from './question.ts';
import { baseDn } from './servers.ts';

const derefOid = '1.3.6.1.4.1.4203.666.5.16';
const searchEntryTag = 0x64;

type Spec = readonly [attribute: string, attributes: readonly string[]];

function derefControl(specs: readonly Spec[], critical: boolean): Buffer {
  const list = specs.map(([attribute, attributes]) => sequence(text(attribute), sequence(...attributes.map(text))));
  return control(derefOid, critical, sequence(...list));
}

/** Every DerefRes of an entry: what was followed, whom it named, and what is said of them. */
function dereferenced(entry: RawMessage): readonly unknown[] {
  const value = entry.controls.get(derefOid);
  const [list] = value === undefined ? [] : elements(value);
  const all = elements(list?.body ?? Buffer.alloc(0)).map(({ body }) => {
    const [attribute, dn, attributes] = elements(body);
    const named = elements(attributes?.body ?? Buffer.alloc(0)).map((each) => {
      const [name, values] = elements(each.body);
      return [
        String(name?.body),
        elements(values?.body ?? Buffer.alloc(0))
          .map((one) => String(one.body))
          .toSorted(),
      ];
    });
    return JSON.stringify([
      String(attribute?.body),
      formatDn(parseDn(String(dn?.body)) ?? []),
      named.map((each) => JSON.stringify(each)).toSorted(),
    ]);
  });
  return all.toSorted();
}

async function answerOf(client: RawClient, id: number, request: Buffer, sent: Buffer): Promise<Answer> {
  await client.send(message(id, request, [sent]));
  const entries: (readonly [string, unknown])[] = [];
  for (;;) {
    const next = await client.next();
    if (next === undefined) throw new Error('the connection ended');
    const [first] = elements(next.body);
    if (next.tag !== searchEntryTag)
      return { code: first?.body[0], entries: entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
    entries.push([formatDn(parseDn(String(first?.body)) ?? []), dereferenced(next)]);
  }
}

function question(filter: string, specs: readonly Spec[], critical = true): Question {
  const request = searchRequest({ base: baseDn, filter: encodeFilter(filterFromText(filter)), attributes: ['cn'] });
  const asked = specs.map(([attribute, attributes]) => `${attribute}:[${attributes.join(' ')}]`).join(', ');
  return {
    name: `search ${filter} dereferencing ${asked}${critical ? ' (critical)' : ''}`,
    ask: (client, nextId) => answerOf(client, nextId(), request, derefControl(specs, critical)),
  };
}

/** All of them. */
export function dereferenceQuestions(): readonly Question[] {
  const groups = '(objectClass=posixGroup)';
  return [
    question(groups, [['member', ['uid', 'objectClass']]]),
    question(groups, [['uniqueMember', ['uid']]]),
    question('(cn=Everyone)', [['member', ['uid', 'mail', 'telephoneNumber']]]),
    question('(cn=Nested)', [['member', ['cn', 'member', 'gidNumber']]]),
    question('(uid=alice)', [['memberOf', ['cn', 'gidNumber']]]),
    question('(uid=nobody)', [['memberOf', ['cn']]]),
    question('(cn=Empty)', [['member', ['uid']]]),
    question('(cn=Sales)', [['member', ['noSuchValue', 'title']]], false),
    question('(cn=Sales)', [['member', ['uid']]], false),
    question('(cn=Sales)', [['cn', ['uid']]]),
    question('(cn=Sales)', [['cn', ['uid']]], false),
    question('(cn=Sales)', [
      ['member', ['uid']],
      ['memberOf', ['cn']],
    ]),
  ];
}

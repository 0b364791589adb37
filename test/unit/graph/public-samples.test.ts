import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { parseTokenRefusal } from '../../../src/graph/aadsts.ts';
import { decodePage } from '../../../src/graph/decode-page.ts';
import { selectionOf } from '../../../src/graph/selection.ts';
import { graphError } from '../../../src/graph/graph-error.ts';
import { decodeOrganization } from '../../../src/graph/organization.ts';
import type { Collection, DirectoryChange } from '../../../src/identity/change.ts';
import { propertyShape } from '../../../src/identity/graph-properties.ts';
import { describeWithSamples, samplesFolder } from '../../support/public-samples.ts';

const origin = 'https://graph.microsoft.com';

interface Sample {
  readonly value: readonly Readonly<Record<string, unknown>>[];
}

const read = (name: string): string => readFileSync(join(samplesFolder, name), 'utf8');

/** The element as Graph would send it again: what a decoded change still knows. */
function encode(change: DirectoryChange): Record<string, unknown> {
  if (change.kind === 'removed') return { id: change.id, '@removed': { reason: change.reason } };
  const element: Record<string, unknown> = { id: change.id, ...change.properties };
  if (change.kind === 'group' && change.members.length > 0) {
    element['members@delta'] = change.members.map(({ id, type, removed }) => ({
      '@odata.type': `#microsoft.graph.${type}`,
      id,
      ...(removed ? { '@removed': { reason: 'deleted' } } : {}),
    }));
  }
  return element;
}

describeWithSamples('the public samples of Microsoft Graph', () => {
  const names = readdirSync(samplesFolder).filter((name) => name.endsWith('.json'));

  for (const name of names.filter((name) => /^(?:users|groups)-delta-/.test(name))) {
    it(`decode without loss: ${name}`, () => {
      const body = JSON.parse(read(name)) as Sample;
      const collection = name.split('-')[0] as Collection;
      const isKnown = (property: string): boolean => propertyShape(collection, property) !== undefined;
      const properties = new Set(body.value.flatMap((element) => Object.keys(element)).filter(isKnown));
      const decoded = decodePage(selectionOf(collection, [...properties]), body, origin);
      const known = ([property]: [string, unknown]): boolean =>
        property === 'id' || property.includes('@') || isKnown(property);
      const withId = body.value
        .filter((element) => 'id' in element)
        .map((element) => Object.fromEntries(Object.entries(element).filter(known)));
      assert.deepEqual(decoded.changes.map(encode), withId);
      // Graph always sends the id; two samples leave it out, and an object that nobody can name is rejected.
      const reasons = decoded.rejected.map(({ reason }) => reason);
      assert.deepEqual(reasons, Array(body.value.length - withId.length).fill('id is missing or is not a GUID'));
    });
  }

  for (const name of names.filter((name) => /^error-4\d\d-/.test(name))) {
    it(`give their status and code as an error: ${name}`, () => {
      const status = Number(name.slice(6, 9));
      const error = graphError({ status, headers: new Map(), body: read(name) }, 'users/delta', 0);
      const { code } = (JSON.parse(read(name)) as { error: { code: string } }).error;
      assert.equal(error.details.sourceCode, code);
      assert.equal(error.details.status, status);
    });
  }

  for (const name of names.filter((name) => name.includes('syncstatenotfound') || name.startsWith('error-410'))) {
    it(`lead to a new start: ${name}`, () => {
      assert.equal(
        graphError({ status: 400, headers: new Map(), body: read(name) }, 'users/delta', 0).code,
        'resyncRequired',
      );
    });
  }

  for (const name of names.filter((name) => name.startsWith('token-aadsts'))) {
    it(`give the number of the error of the token endpoint: ${name}`, () => {
      assert.equal(parseTokenRefusal(read(name))?.aadsts, Number(/aadsts(\d+)/.exec(name)?.[1]));
    });
  }

  it('describe the organization', () => {
    if (!names.includes('organization-list.json')) return;
    assert.deepEqual(decodeOrganization(JSON.parse(read('organization-list.json'))), {
      id: undefined,
      displayName: 'Contoso',
      verifiedDomains: [],
      isHybrid: false,
    });
  });
});

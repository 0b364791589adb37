import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fastify } from 'fastify';
import { parse } from 'yaml';
import { StoredAdminTokens } from '../src/auth/admin-tokens.ts';
import { addAdminRoutes } from '../src/http/admin-routes.ts';
import { collectOperations } from '../src/http/openapi.ts';
import { adminScopes } from '../src/identity/admin-token.ts';
import { silentLog } from '../src/observability/log.ts';
import { metricFamilies } from '../src/observability/metric-families.ts';
import { ManualClock } from './support/manual-clock.ts';
import { codeIn, tableRows } from './support/markdown.ts';
import { MemoryAdminTokens } from './support/memory-admin-tokens.ts';
import { sampleAdministration } from './support/sample-administration.ts';

const docs = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');
const monitoring = readFileSync(join(docs, 'monitoring.md'), 'utf8');
const api = readFileSync(join(docs, 'api.md'), 'utf8');

/** The blocks of a language. */
function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, block = '']) => block,
  );
}

describe('documentation of HTTP', () => {
  it('lists every metric with its type, labels and meaning, word by word', () => {
    const documented = tableRows(monitoring, 'metric').map(([name, type, labels, meaning]) => ({
      name: codeIn(name)[0],
      type,
      labels: codeIn(labels),
      help: meaning,
    }));
    const existing = metricFamilies.map(({ name, type, labels, help }) => ({ name, type, labels: [...labels], help }));
    assert.deepEqual(documented, existing);
  });

  it('names metrics by the conventions of Prometheus: base units, and _total for counters alone', () => {
    for (const { name, type, labels, help } of metricFamilies) {
      assert.match(name, /^entra_ldapd_[a-z]+(?:_[a-z]+)*$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.doesNotMatch(name, /_(?:ms|milliseconds|minutes|kilobytes|percent)(?:_|$)/);
      assert.match(help, /^[A-Z0-9].*\.$/, name);
      for (const label of labels) assert.match(label, /^[a-z]+(?:_[a-z]+)*$/);
    }
  });

  it('shows alert rules and queries of metrics and labels that exist', () => {
    const rules = blocks(monitoring, 'yaml').filter((block) => block.includes('alert:'));
    assert.equal(rules.length, 1);
    const { groups } = parse(rules[0] ?? '') as { groups: { rules: { alert: string; expr: string }[] }[] };
    const alerts = groups.flatMap((group) => group.rules);
    assert.ok(alerts.length > 10);
    const families = new Map(metricFamilies.map((family) => [family.name, family]));
    const queries = [...alerts.map(({ expr }) => expr), monitoring];
    for (const query of queries) {
      for (const [, name = '', labels = ''] of query.matchAll(/\b(entra_ldapd_[a-z_]+)(?:\{([^}]*)\})?/g)) {
        const family = families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
        assert.ok(family !== undefined, `${name} is no metric`);
        for (const [, label = ''] of labels.matchAll(/([a-z_]+)[!=]/g))
          assert.ok(family.labels.includes(label), `${name} ${label}`);
      }
    }
  });

  it('lists every path of the administration with its scope', async () => {
    const [clock, store] = [new ManualClock(), new MemoryAdminTokens()];
    const app = fastify();
    const operations = collectOperations(app);
    const tokens = new StoredAdminTokens({ store, clock, log: silentLog });
    addAdminRoutes(app, { api: sampleAdministration(), tokens, clock, takesConfig: false });
    await app.ready();
    await app.close();
    assert.deepEqual(
      tableRows(api, 'path').map(([path, scope, what]) => [codeIn(path)[0], codeIn(scope)[0], what]),
      operations.map(({ method, path, facts }) => [`${method.toUpperCase()} /api${path}`, facts.scope, facts.summary]),
    );
  });

  it('explains every scope, and every scope is of use', () => {
    assert.deepEqual(
      tableRows(api, 'scope').map(([scope]) => codeIn(scope)[0]),
      [...adminScopes],
    );
    const used = new Set(tableRows(api, 'path').map(([, scope]) => codeIn(scope)[0]));
    assert.deepEqual(
      adminScopes.filter((scope) => !used.has(scope)),
      ['metrics'],
    );
  });
});

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StoredAdminTokens } from '../../../src/auth/admin-tokens.ts';
import { runCli } from '../../../src/cli/cli.ts';
import { type ControlServer, startControlServer } from '../../../src/http/control-server.ts';
import type { Health } from '../../../src/http/health.ts';
import { silentLog } from '../../../src/observability/log.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { MemoryAdminTokens } from '../../support/memory-admin-tokens.ts';
import { sampleAdministration, sampleStatus } from '../../support/sample-administration.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('the commands about tokens and health', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let config: string;
  let server: ControlServer;
  let state: Health['state'];

  before(async () => {
    folder = temporaryFolder();
    config = join(folder.path, 'config.yaml');
    const id = '01234567-89ab-cdef-0123-456789abcdef';
    const tenant = { id, clientId: 'fedcba98-7654-3210-fedc-ba9876543210', credential: { secret: 'x' } };
    writeFileSync(config, JSON.stringify({ tenant, directory: { baseDn: 'dc=example,dc=com' }, store: { path: '.' } }));
    const clock = new ManualClock();
    server = await startControlServer({
      dataDirectory: folder.path,
      api: sampleAdministration({ status: () => ({ ...sampleStatus, listeners: [] }) }),
      tokens: new StoredAdminTokens({ store: new MemoryAdminTokens(), clock, log: silentLog }),
      health: {
        health: () => ({ state, publishedAtMs: null, lastSuccessAtMs: null, hold: null }),
        ready: () => ({ stale: true, held: false }),
      },
      log: silentLog,
    });
  });

  after(async () => {
    await server.close();
    folder[Symbol.dispose]();
  });

  async function run(...argv: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const shell = new FakeShell();
    const code = await runCli([...argv, '--config', config], shell);
    return { code, stdout: shell.stdout.text, stderr: shell.stderr.text };
  }

  it('want a name, scopes that exist, and an end that is one', async () => {
    const create = (...options: readonly string[]): ReturnType<typeof run> => run('admin-token', 'create', ...options);
    assert.match((await create()).stderr, /--name is missing/);
    assert.match((await create('--name', 'x', '--scopes', 'read,peple')).stderr, /not "peple"\. Did you mean people\?/);
    assert.match(
      (await create('--name', 'x', '--expires', 'soon')).stderr,
      /must be a duration such as 90d or 12h, or never/,
    );
    assert.match((await run('admin-token', 'edit', 'abcdefgh')).stderr, /Nothing is to be changed/);
    for (const command of [
      create(),
      create('--name', 'x', '--expires', '0s'),
      run('admin-token', 'edit', 'abcdefgh'),
    ]) {
      assert.equal((await command).code, 2);
    }
  });

  it('show a token once, for reading and for a year unless told otherwise, and in lists never', async () => {
    const { code, stdout } = await run('admin-token', 'create', '--name', 'night shift', '--description', 'phones');
    assert.equal(code, 0);
    const [, id = '', token = ''] =
      /^Token (\w{8}) \(night shift\), until 2027-01-01 00:00:00Z, for read:\n\n {2}(eldt_\S+)\n/.exec(stdout) ?? [];
    assert.ok(token.includes(id), stdout);
    const list = (await run('admin-token', 'list')).stdout;
    assert.match(list, new RegExp(`^${id} +night shift +read +2027-01-01 00:00:00Z +never +phones`, 'm'));
    assert.ok(!list.includes(token.slice(-43)));
    assert.match((await run('admin-token', 'edit', id, '--name', 'day shift')).stdout, /day shift/);
    assert.match((await run('admin-token', 'revoke', id)).stdout, /\(day shift\) works no longer\.\n$/);
    const again = await run('admin-token', 'revoke', id);
    assert.deepEqual([again.code, /There is no token/.test(again.stderr)], [8, true]);
    assert.equal((await run('admin-token', 'list')).stdout, 'There are no tokens.\n');
  });

  it('end with 0 for a daemon that is ready as it is configured, and with 1 and a line in every other case', async () => {
    const expected: Readonly<Record<Health['state'], 0 | 1>> = {
      starting: 1,
      serving: 0,
      stale: 0,
      held: 1,
      broken: 1,
      stopping: 1,
    };
    for (const each of Object.keys(expected) as Health['state'][]) {
      state = each;
      const { code, stdout, stderr } = await run('healthcheck');
      assert.deepEqual([code, stderr], [expected[each], ''], each);
      assert.match(stdout, new RegExp(`^(?:un)?healthy \\(${each}\\): [^\\n]+\\n$`));
    }
    const elsewhere = new FakeShell();
    writeFileSync(join(folder.path, 'other.yaml'), JSON.stringify({ store: { path: './nowhere' } }));
    const code = await runCli(['healthcheck', '--json', '--config', join(folder.path, 'other.yaml')], elsewhere);
    const { healthy, state: unknown } = JSON.parse(elsewhere.stdout.text) as { healthy: boolean; state: null };
    assert.deepEqual([code, healthy, unknown], [1, false, null]);
  });
});

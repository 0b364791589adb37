import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import type { Config } from '../../../src/config/config.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { runCli } from '../../../src/cli/cli.ts';
import { generateTenant } from '../../../src/simulator/generate.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../../src/simulator/tenant/registration.ts';
import { createCertificateAuthority, issueServerCertificate } from '../../../src/certificates/authority.ts';
import { describeWithPackages } from '../../support/debian-packages.ts';
import { FakeShell } from '../../support/fake-shell.ts';
import { runCommand } from '../../support/program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const root = findRoot(dirname(fileURLToPath(import.meta.url)));
const user = '10001';
const storePath = '/var/lib/entra-ldapd';
const configPath = '/etc/entra-ldapd/entra-ldapd.yaml';
/** The exposure level that systemd works out: 0 is sealed off, 10 is open. */
const exposureMax = 2.0;

type Node = Readonly<Record<string, unknown>>;

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** Fails unless the program has the command with these options. */
async function assertCommand(words: readonly string[]): Promise<void> {
  const end = words.findIndex((word) => word.startsWith('--'));
  const command = end === -1 ? words : words.slice(0, end);
  const shell = new FakeShell();
  assert.equal(await runCli([...command, '--help'], shell), 0, `${command.join(' ')}: ${shell.stderr.text}`);
  const usage = shell.stdout.text.split('\n')[0] ?? '';
  assert.ok(usage.startsWith(`entra-ldapd ${command.join(' ')}`), usage);
  for (const option of words.filter((word) => word.startsWith('--'))) {
    assert.match(shell.stdout.text, new RegExp(`${option}\\b`), `${command.join(' ')} has no ${option}`);
  }
}

/** A configuration of ours as it is read where it is used, with all the files that it names. */
async function configOf(text: string, files: Readonly<Record<string, string>> = {}): Promise<Config> {
  const authority = await createCertificateAuthority({ commonName: 'Test', nowMs: Date.now(), days: 2 });
  const pair = await issueServerCertificate({ authority, hosts: ['localhost'], nowMs: Date.now(), days: 1 });
  const readFile = (path: string): string => {
    if (files[path] !== undefined) return files[path];
    return path.endsWith('.key') ? pair.keyPem : pair.certPem;
  };
  const result = parseConfig(text, { file: configPath, env: {}, readFile });
  if (!result.ok) assert.fail(result.problems.map(formatProblem).join('\n'));
  return result.config;
}

function ascending(numbers: readonly number[]): readonly number[] {
  return numbers.toSorted((a, b) => a - b);
}

function portsOf({ ldap, http }: Config): readonly number[] {
  return ascending([...ldap.listeners, ...http.listeners].map(({ port }) => port));
}

describe('the image', () => {
  const dockerfile = read('Dockerfile');
  const instructions = dockerfile
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const last = (name: string): string =>
    instructions.findLast((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? assert.fail(name);

  it('copies files that are there, and the context lets through just these', () => {
    const copied = instructions
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
      .flatMap((line) => line.split(' ').slice(1, -1));
    assert.ok(copied.length > 10);
    for (const path of copied) assert.ok(existsSync(join(root, path)), path);
    const lines = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(lines[0], '*');
    const allowed = lines.slice(1).map((line) => line.replace(/^!/, ''));
    assert.deepEqual([...new Set(copied)].toSorted(), allowed.toSorted());
    for (const path of ['data', 'certs', 'config/entra-ldapd.yaml', '.git', 'node_modules'])
      assert.ok(!allowed.includes(path));
  });

  it('is made by commands that the checkout has, without tools for developers in what runs', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    for (const [, script = ''] of dockerfile.matchAll(/npm run ([a-z]+)/g)) assert.ok(script in scripts, script);
    assert.equal(stages.length, 3);
    assert.match(stages[1] ?? '', /npm ci --omit=dev/);
    assert.doesNotMatch(stages[2] ?? '', /npm /);
    assert.match(stages[2] ?? '', /COPY --from=packages \/app\/node_modules/);
  });

  it('needs nothing compiled for a machine: native packages bring theirs for amd64 and arm64', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Readonly<Record<string, { readonly hasInstallScript?: boolean; readonly dev?: boolean }>>;
    };
    const native = Object.entries(packages).filter(([, { hasInstallScript, dev }]) => hasInstallScript && dev !== true);
    assert.ok(native.length > 0);
    for (const [folder] of native) {
      for (const platform of ['linux-x64', 'linux-arm64']) {
        assert.ok(existsSync(join(root, folder, 'prebuilds', platform)), `${folder} for ${platform}`);
      }
    }
  });

  it('runs as a user that is not root, with a process that passes signals on', () => {
    assert.equal(last('USER'), `${user}:${user}`);
    assert.match(dockerfile, new RegExp(`useradd .*--uid ${user} --gid ${user}`));
    const entry = JSON.parse(last('ENTRYPOINT')) as string[];
    assert.deepEqual(entry, ['/usr/bin/tini', '--', 'entra-ldapd']);
    assert.match(dockerfile, /install --yes --no-install-recommends tini/);
    assert.equal(last('VOLUME'), storePath);
  });

  it('starts and examines the daemon by commands that the program has', async () => {
    await assertCommand(JSON.parse(last('CMD')) as string[]);
    const health = instructions.find((line) => line.startsWith('HEALTHCHECK ')) ?? assert.fail('no health check');
    const [program, ...words] = JSON.parse(health.slice(health.indexOf('[')) ?? '') as string[];
    assert.equal(program, 'entra-ldapd');
    await assertCommand(words);
    const main = /exec node (\/app\/\S+)/.exec(dockerfile)?.[1];
    assert.equal(
      main,
      `/app/${(JSON.parse(read('package.json')) as { bin: Record<string, string> }).bin['entra-ldapd']}`,
    );
  });

  it('announces the ports that the configurations in packaging/ listen at', async () => {
    const announced = ascending(last('EXPOSE').split(' ').map(Number));
    assert.deepEqual(portsOf(await configOf(read('packaging/compose/entra-ldapd.yaml'))), announced);
  });
});

describe('the demo in containers', () => {
  const compose = parse(read('packaging/compose/compose.yaml'), { merge: true }) as {
    services: Readonly<Record<string, { command?: string[]; [key: string]: unknown }>>;
    volumes: Node;
  };

  it('starts programs by commands that the program has, all of them without rights and with a root that is read-only', async () => {
    assert.deepEqual(Object.keys(compose.services), ['simulator', 'certificates', 'directory']);
    for (const [name, service] of Object.entries(compose.services)) {
      assert.equal(service['read_only'], true, name);
      assert.equal(service['user'], `${user}:${user}`, name);
      assert.deepEqual(service['cap_drop'], ['ALL'], name);
      assert.deepEqual(service['security_opt'], ['no-new-privileges:true'], name);
      if (service.command !== undefined) await assertCommand(service.command);
    }
  });

  it('has a configuration that is right, of the tenant that the simulator has, and is reached from this machine only', async () => {
    const config = await configOf(read('packaging/compose/entra-ldapd.yaml'));
    assert.equal(config.store.path, storePath);
    assert.equal(config.tenant.id, generateTenant({ seed: 1, users: 1, groups: 0 }).tenantId);
    assert.equal(config.tenant.clientId, DEFAULT_CLIENT_ID);
    assert.match(read('packaging/compose/entra-ldapd.yaml'), new RegExp(`secret: ${DEFAULT_CLIENT_SECRET} `));
    assert.equal(config.tenant.graphUrl, 'https://simulator:8443');
    const { ports } = compose.services['directory'] as unknown as { ports: string[] };
    assert.deepEqual(
      ports.map((port) => port.split(':')[0]),
      ports.map(() => '127.0.0.1'),
    );
    assert.deepEqual(ascending(ports.map((port) => Number(port.split(':')[2]))), portsOf(config));
  });

  it('mounts volumes that it has, where the configuration looks for them', async () => {
    const { ldap, tenant } = parse(read('packaging/compose/entra-ldapd.yaml')) as {
      ldap: { tls: Record<string, string> };
      tenant: Record<string, string>;
    };
    const { volumes } = compose.services['directory'] as unknown as { volumes: string[] };
    const mounts = new Map(volumes.map((volume) => [volume.split(':')[1] ?? '', volume.split(':')[0] ?? '']));
    for (const [target, source] of mounts) {
      if (source.startsWith('./')) assert.ok(existsSync(join(root, 'packaging/compose', source)), source);
      else assert.ok(source in compose.volumes, `${source} at ${target}`);
    }
    for (const path of [ldap.tls['certFile'], ldap.tls['keyFile'], tenant['caFile']]) {
      assert.ok(
        [...mounts.keys()].some((target) => path?.startsWith(`${target}/`)),
        path,
      );
    }
    const folder = compose.services['certificates']?.command?.at(4) ?? '';
    assert.equal(ldap.tls['certFile'], `${folder.replace(storePath, '/run/certificates')}/ldap.pem`);
  });
});

describe('the manifests for Kubernetes', () => {
  const documents = parseAllDocuments(read('packaging/kubernetes/entra-ldapd.yaml')).map((each) => {
    assert.deepEqual(each.errors, []);
    return each.toJS() as Node;
  });
  const of = (kind: string): Node => documents.find((each) => each['kind'] === kind) ?? assert.fail(kind);
  const at = (node: unknown, ...path: readonly (string | number)[]): unknown =>
    path.reduce<unknown>((found, key) => (found as Readonly<Record<string | number, unknown>>)[key], node);
  const container = at(of('StatefulSet'), 'spec', 'template', 'spec', 'containers', 0);

  it('run one daemon, without rights, on a root that is read-only, started by a command that the program has', async () => {
    const pod = at(of('StatefulSet'), 'spec', 'template', 'spec');
    assert.equal(at(of('StatefulSet'), 'spec', 'replicas'), 1);
    assert.equal(String(at(pod, 'securityContext', 'runAsUser')), user);
    assert.equal(at(pod, 'securityContext', 'runAsNonRoot'), true);
    assert.equal(at(pod, 'securityContext', 'seccompProfile', 'type'), 'RuntimeDefault');
    assert.equal(at(pod, 'automountServiceAccountToken'), false);
    assert.deepEqual(at(container, 'securityContext'), {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    await assertCommand(at(container, 'args') as string[]);
  });

  it('have a configuration that is right but for what is marked, and mount all that it names', async () => {
    const text = String(at(of('ConfigMap'), 'data', 'entra-ldapd.yaml'));
    const secrets = at(of('Secret'), 'stringData') as Readonly<Record<string, string>>;
    const hash = /passwordHash: (\S+)/.exec(read('packaging/compose/entra-ldapd.yaml'))?.[1] ?? '';
    const mounts = at(container, 'volumeMounts') as readonly { name: string; mountPath: string }[];
    const mounted = (name: string): string => mounts.find((each) => each.name === name)?.mountPath ?? assert.fail(name);
    const files = {
      [`${mounted('secrets')}/client-secret`]: 'a-client-secret~of.forty-characters-length',
      [`${mounted('secrets')}/gitlab-password-hash`]: hash,
    };
    assert.deepEqual(
      Object.keys(secrets).map((name) => `${mounted('secrets')}/${name}`),
      Object.keys(files),
    );
    let marked = 0;
    const filled = text.replaceAll(
      /0{8}-0{4}-0{4}-0{4}-0{12}/g,
      () => `1111111${++marked}-2222-4333-8444-555555555555`,
    );
    const config = await configOf(filled.replaceAll('.crt', '.pem'), files);
    assert.equal(config.store.path, mounted('store'));
    assert.equal(`${mounted('config')}/entra-ldapd.yaml`, configPath);
    for (const path of text.match(/\/run\/[^\s}]+/g) ?? assert.fail('no files')) {
      assert.ok(
        mounts.some(({ mountPath }) => path.startsWith(`${mountPath}/`)),
        path,
      );
    }
    const ports = at(container, 'ports') as readonly { name: string; containerPort: number }[];
    assert.deepEqual(ascending(ports.map(({ containerPort }) => containerPort)), portsOf(config));
  });

  it('probe paths that the HTTP server has, at a port that has a name', () => {
    const source = ['src/http/health.ts', 'src/http/http-server.ts'].map(read).join('\n');
    const names = new Set((at(container, 'ports') as readonly { name: string }[]).map(({ name }) => name));
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const { path, port } = at(container, probe, 'httpGet') as { path: string; port: string };
      assert.ok(source.includes(`'${path}'`), path);
      assert.ok(names.has(port), port);
    }
    const targets = (at(of('Service'), 'spec', 'ports') as readonly { targetPort: string }[]).map(
      (each) => each.targetPort,
    );
    assert.ok(targets.every((target) => names.has(target)));
  });
});

describeWithPackages(['systemd'], 'the unit for systemd', () => {
  const unit = read('packaging/systemd/entra-ldapd.service');
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? assert.fail(key);

  it('starts the daemon by a command that the program has, and tells it to reload and to stop by signals that it knows', async () => {
    const [program, ...words] = value('ExecStart').split(' ');
    assert.equal(program, '/opt/entra-ldapd/bin/entra-ldapd');
    await assertCommand(words);
    assert.equal(words.at(-1), configPath);
    assert.match(value('ExecReload'), /^\/bin\/kill -HUP \$MAINPID$/);
    assert.equal(`/var/lib/${value('StateDirectory')}`, storePath);
    assert.equal(value('Type'), 'notify');
    assert.equal(value('NotifyAccess'), 'all');
    assert.match(
      read('packaging/systemd/entra-ldapd.sysusers.conf'),
      new RegExp(`^u ${value('User')} .*${storePath}`, 'm'),
    );
  });

  it('is understood by systemd as a whole (systemd-analyze verify)', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'entra-ldapd.service');
    // The program need not be installed where this is tested; that of the unit is replaced by one that is there.
    writeFileSync(file, unit.replace('/opt/entra-ldapd/bin/entra-ldapd', process.execPath));
    const { stdout, stderr } = await runCommand('systemd-analyze', [
      'verify',
      '--man=no',
      '--recursive-errors=no',
      file,
    ]);
    const about = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('entra-ldapd'));
    assert.deepEqual(about, []);
  });

  it(`exposes the machine to at most ${exposureMax} of 10 (systemd-analyze security)`, async () => {
    const { stdout } = await runCommand('systemd-analyze', [
      'security',
      '--offline=true',
      join(root, 'packaging/systemd/entra-ldapd.service'),
    ]);
    const [, exposure = ''] =
      /Overall exposure level for entra-ldapd\.service: ([\d.]+)/.exec(stdout) ?? assert.fail(stdout);
    assert.ok(Number(exposure) <= exposureMax, exposure);
  });
});

import { baseDnOfDomain } from '../../config/base-dn.ts';
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { clouds, parseHttpsOrigin, parseListenAddress } from '../../config/endpoints.ts';
import { isGuid, parseBaseDn } from '../../config/names.ts';
import { proxyOfEnvironment } from '../../config/proxy.ts';
import type { Reading } from '../../config/units.ts';
import { systemClock } from '../../timing/clock.ts';
import { reason } from '../config-file.ts';
import { resolveTenant } from '../daemon-access.ts';
import { usageFailure } from '../failure.ts';
import type { OptionValues } from '../options.ts';
import type { Shell } from '../shell.ts';
import type { InitAnswers } from './fill-example.ts';
import type { Question, Questioner } from './questions.ts';

/** The options of `init`. */
export const initOptions = {
  config: {
    kind: 'text',
    description: 'File to write; one that exists is left alone',
    fallback: 'config/entra-ldapd.yaml',
  },
  steps: { kind: 'flag', description: 'Only print how the application is registered in the tenant' },
  tenant: { kind: 'text', description: 'Directory (tenant) ID, or a domain of the tenant' },
  'client-id': { kind: 'text', description: 'Application (client) ID' },
  'secret-env': {
    kind: 'text',
    description: 'Environment variable with the client secret',
    byDefault: 'ENTRA_CLIENT_SECRET',
  },
  'secret-file': { kind: 'text', description: 'File with the client secret, in place of an environment variable' },
  'certificate-file': { kind: 'text', description: 'PEM file with key and certificate, in place of a secret' },
  'base-dn': { kind: 'text', description: 'Where the directory begins', byDefault: 'made of the domain' },
  listen: { kind: 'text', description: 'Address for LDAP', byDefault: '0.0.0.0:389' },
  'tls-cert': { kind: 'text', description: 'PEM file with the certificate for LDAPS' },
  'tls-key': { kind: 'text', description: 'PEM file with the key of the certificate' },
  cloud: {
    kind: 'choice',
    choices: ['global', 'usgov', 'usgov-dod', 'china'],
    description: 'The cloud of the tenant',
    fallback: 'global',
  },
  'authority-host': { kind: 'text', description: 'The sign-in service, when it is not that of the cloud' },
  'graph-url': { kind: 'text', description: 'Microsoft Graph, when it is not that of the cloud' },
  'ca-file': { kind: 'text', description: 'PEM file with authorities to trust beside the usual ones' },
} as const;

/** What {@link initOptions} were given. */
export type InitOptions = OptionValues<typeof initOptions>;

/** Everything that a first configuration needs; throws a usage failure for what is wrong, or missing with nobody to ask. */
export async function gatherAnswers(
  shell: Shell,
  given: InitOptions,
  questioner: Questioner,
  signal: AbortSignal,
): Promise<InitAnswers> {
  const near = (path: string): string => relative(resolve(dirname(given.config)), resolve(path)) || '.';
  const endpoints = { authorityHost: origin(given, 'authority-host'), graphUrl: origin(given, 'graph-url') };
  const tenant = await questioner.ask(tenantQuestion(given));
  const authorityHost = endpoints.authorityHost ?? clouds[given.cloud].authorityHost;
  return {
    tenantId: isGuid(tenant) ? tenant : await tenantOf(shell, tenant, authorityHost, given['ca-file'], signal),
    clientId: await questioner.ask(clientIdQuestion(given)),
    credential: await credential(given, questioner, near),
    cloud: given.cloud,
    ...endpoints,
    caFile: given['ca-file'] === undefined ? undefined : near(given['ca-file']),
    baseDn: await questioner.ask(baseDnQuestion(given, isGuid(tenant) ? undefined : tenant)),
    listen: await questioner.ask(listenQuestion(given)),
    tls: await tlsFiles(given, questioner, near),
  };
}

function origin(given: InitOptions, option: 'authority-host' | 'graph-url'): string | undefined {
  const text = given[option];
  const reading = text === undefined ? { value: undefined } : parseHttpsOrigin(text);
  if ('problem' in reading) throw usageFailure(`--${option} ${reading.problem}.`);
  return reading.value;
}

function tenantQuestion(given: InitOptions): Question<string> {
  return {
    option: 'tenant',
    prompt: 'Directory (tenant) ID, or a domain of the tenant',
    given: given.tenant,
    fallback: undefined,
    read: readTenant,
  };
}

function clientIdQuestion(given: InitOptions): Question<string> {
  return {
    option: 'client-id',
    prompt: 'Application (client) ID',
    given: given['client-id'],
    fallback: undefined,
    read: (text) => (isGuid(text) ? { value: text.toLowerCase() } : { problem: 'must be the Application (client) ID' }),
  };
}

function baseDnQuestion(given: InitOptions, domain: string | undefined): Question<string> {
  return {
    option: 'base-dn',
    prompt: 'Base DN, where the directory begins',
    given: given['base-dn'],
    fallback: domain === undefined ? undefined : baseDnOfDomain(domain),
    read: parseBaseDn,
  };
}

function listenQuestion(given: InitOptions): Question<string> {
  return {
    option: 'listen',
    prompt: 'Address for LDAP',
    given: given.listen,
    fallback: '0.0.0.0:389',
    read: (text) => {
      const reading = parseListenAddress(text);
      return 'problem' in reading ? reading : { value: text };
    },
  };
}

function readTenant(text: string): Reading<string> {
  const known = isGuid(text) || /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/i.test(text);
  return known
    ? { value: text.toLowerCase() }
    : { problem: 'must be the Directory (tenant) ID, or a domain of the tenant' };
}

async function tenantOf(
  shell: Shell,
  domain: string,
  authorityHost: string,
  caFile: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const proxy = proxyOfEnvironment(shell.env);
  if ('problem' in proxy) throw usageFailure(`${proxy.problem}.`);
  const ca = caFile === undefined ? undefined : readText(caFile);
  return resolveTenant(domain, {
    authorityHost,
    ca,
    proxy: proxy.value,
    timeoutMs: 30_000,
    clock: systemClock,
    signal,
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usageFailure(`--ca-file ${path} cannot be read: ${reason(error)}.`);
  }
}

async function credential(
  given: InitOptions,
  questioner: Questioner,
  near: (path: string) => string,
): Promise<InitAnswers['credential']> {
  const { 'secret-env': variable, 'secret-file': file, 'certificate-file': certificate } = given;
  const chosen = [variable, file, certificate].filter((value) => value !== undefined);
  if (chosen.length > 1) throw usageFailure('Give one of --secret-env, --secret-file and --certificate-file.');
  if (certificate !== undefined) return { kind: 'certificate', file: near(certificate) };
  if (file !== undefined) return { kind: 'secret', source: `\${file:${near(file)}}` };
  const name = await questioner.ask({
    option: 'secret-env',
    prompt: 'Environment variable with the client secret',
    given: variable,
    fallback: 'ENTRA_CLIENT_SECRET',
    read: (text) =>
      /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text)
        ? { value: text }
        : { problem: 'must be the name of a variable, in letters, digits and _; the secret itself is not asked for' },
  });
  return { kind: 'secret', source: `\${env:${name}}` };
}

async function tlsFiles(
  given: InitOptions,
  questioner: Questioner,
  near: (path: string) => string,
): Promise<InitAnswers['tls']> {
  const certFile = await questioner.ask({
    option: 'tls-cert',
    prompt: 'PEM file with the certificate for LDAPS, - for none',
    given: given['tls-cert'],
    fallback: '-',
    read: (text) => ({ value: text }),
  });
  if (certFile === '-') {
    if (given['tls-key'] !== undefined) throw usageFailure('--tls-key needs --tls-cert.');
    return undefined;
  }
  const keyFile = await questioner.ask({
    option: 'tls-key',
    prompt: 'PEM file with its key',
    given: given['tls-key'],
    fallback: undefined,
    read: (text) => ({ value: text }),
  });
  return { certFile: near(certFile), keyFile: near(keyFile) };
}

import { demoFolder } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { demoTenant } from '../demo/demo-names.ts';
import { jsonOption, logLevelOption } from '../options.ts';

const portRange = { from: 0, to: 65_535 } as const;

/** `demo`: everything at work on one machine, without a tenant. */
export const demoCommand = defineCommand({
  name: 'demo',
  summary: 'Try it now: a simulated tenant and the daemon on it',
  description:
    `Simulates a tenant of ${demoTenant.users} users and ${demoTenant.groups} groups, synchronizes it and serves it on this machine only. When the directory ` +
    'is there, it prints three commands to try, and the address of the status page with a token for it. Nothing leaves the machine. Ctrl-C stops it; the next start goes on with ' +
    'the same data. "status" and "sync" work beside it.',
  options: {
    data: { kind: 'text', description: 'Folder for the data of the demo', fallback: demoFolder },
    port: { kind: 'integer', ...portRange, description: 'Port for LDAP, 0 for any free one', fallback: 3389 },
    'tls-port': { kind: 'integer', ...portRange, description: 'Port for LDAPS', byDefault: '3636; 0 with --port 0' },
    'http-port': {
      kind: 'integer',
      ...portRange,
      description: 'Port for the status page and HTTP',
      byDefault: '8389; 0 with --port 0',
    },
    'simulator-port': {
      kind: 'integer',
      ...portRange,
      description: 'Port for the simulated tenant, 0 for any free one',
      fallback: 0,
    },
    json: jsonOption,
    'log-level': { ...logLevelOption, fallback: 'info' },
  },
  examples: [
    ['demo', 'LDAP at 127.0.0.1:3389 and LDAPS at 127.0.0.1:3636'],
    ['demo --port 0 --json', 'Free ports; addresses and passwords as JSON'],
  ],
  run: async (shell, options) => {
    const { runDemo } = await import('../demo/run-demo.ts');
    return runDemo(shell, {
      folder: options.data,
      port: options.port,
      tlsPort: options['tls-port'] ?? (options.port === 0 ? 0 : 3636),
      httpPort: options['http-port'] ?? (options.port === 0 ? 0 : 8389),
      simulatorPort: options['simulator-port'],
      json: options.json,
      logLevel: options['log-level'],
    });
  },
});

import { EventEmitter } from 'node:events';
import { createLog } from '../../observability/create-log.ts';
import { LogRing } from '../../observability/log-ring.ts';
import { configDoubted, configLoaded } from '../../observability/events.ts';
import { systemClock } from '../../timing/clock.ts';
import { checkConfigText, configFileOf, loadConfigAsking } from '../config-file.ts';
import { defineCommand } from '../command.ts';
import { runDaemon } from '../daemon-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { configOption, logLevelOption } from '../options.ts';
import { ServiceManager, systemdNotify } from '../service-manager.ts';
import { stopOnSignals } from '../stop-signal.ts';
import { programVersion } from '../version.ts';

/** `serve`: the daemon in the foreground. */
export const serveCommand = defineCommand({
  name: 'serve',
  summary: 'Run the daemon: synchronize and serve',
  description:
    'Runs in the foreground and logs to standard output; let systemd or a container runtime keep it running. ' +
    'SIGTERM or Ctrl-C stops it after the operations in progress; a second one stops it at once. A changed ' +
    'configuration and a renewed certificate are taken into use within seconds by themselves; SIGHUP makes it look at once.',
  options: { config: configOption, 'log-level': logLevelOption },
  examples: [
    ['serve', 'Serve as config/entra-ldapd.yaml says'],
    ['serve --config /etc/entra-ldapd/config.yaml', 'Serve as another file says'],
  ],
  run: async (shell, { config: given, 'log-level': level }) => {
    // From the beginning to the end, for a SIGHUP that nobody listens for would end the process.
    const hangUp = new EventEmitter();
    using _hangingUp = shell.onSignal(['SIGHUP'], () => hangUp.emit('signal'));
    const clock = systemClock;
    using stopping = stopOnSignals(shell, clock, ['SIGINT', 'SIGTERM']);
    const { file, config, warnings } = await loadConfigAsking(shell, given, stopping.signal);
    if (level === 'debug') shell.debug = true;
    let logLevel = level ?? config.log.level;
    const recent = new LogRing();
    const onTerminal = shell.stdout.isTTY === true ? 'text' : 'json';
    const format = config.log.format === 'auto' ? onTerminal : config.log.format;
    const log = createLog({ level: () => logLevel, format, destination: shell.stdout, clock, ring: recent });
    configLoaded(log, { file, warnings: warnings.length });
    for (const { line, key, message } of warnings) configDoubted(log, { file, line, key, doubt: message });
    await using manager = new ServiceManager({
      env: shell.env,
      pid: process.pid,
      clock,
      kernelUs: () => process.hrtime.bigint() / 1000n,
      log,
      send: systemdNotify(shell.env),
    });
    stopping.signal.addEventListener('abort', () => manager.stopping());
    hangUp.on('signal', () => manager.reloading());
    await runDaemon({
      config,
      log,
      logLevel: () => logLevel,
      recent,
      clock,
      version: programVersion(),
      signal: stopping.signal,
      configFile: configFileOf(shell, file),
      parseConfig: (path, text) => checkConfigText(shell, path, text),
      onConfig: ({ log: changed }) => {
        logLevel = level ?? changed.level;
      },
      onStarted: (status) => manager.started(status),
      onRead: () => manager.reloaded(),
      onReadAgain: (listener) => {
        hangUp.on('signal', listener);
        return { [Symbol.dispose]: () => hangUp.off('signal', listener) };
      },
    });
    return exitCodes.ok;
  },
});

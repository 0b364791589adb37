import type { Log } from '../../observability/log.ts';
import type { LogLevel } from '../../observability/log-record.ts';
import { type FromWorker, transferred } from './messages.ts';

/** What each thread says for itself and the main thread says for all. */
const saidForAll: ReadonlySet<string> = new Set(['ldap.server.listening', 'ldap.server.stopped']);

/** A log whose events the main thread writes, with the index of this one. Lines of level debug are sent only while `wantsDebug`. */
export function workerLog(worker: number, post: (message: FromWorker) => void, wantsDebug: () => boolean): Log {
  const write = (level: LogLevel, event: string, fields: Parameters<Log['info']>[1], cause?: unknown): void => {
    const actual = saidForAll.has(event) ? 'debug' : level;
    if (actual === 'debug' && !wantsDebug()) return;
    const told = cause === undefined ? undefined : transferred(cause);
    post({ kind: 'log', level: actual, event, fields: { ...fields, worker }, cause: told });
  };
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields, cause) => write('error', event, fields, cause),
  };
}

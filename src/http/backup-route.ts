import { finished, Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BackupRequest, BackupSource } from '../identity/backup.ts';

const backupBody = {
  type: 'object',
  properties: { secrets: { type: 'boolean' } },
  required: ['secrets'],
  additionalProperties: false,
} as const;

/** Adds the path under which a backup is made, which is sent while it is. */
export function addBackupRoute(app: FastifyInstance, backups: BackupSource): void {
  app.post(
    '/v1/backup',
    { schema: { body: backupBody } },
    async (request: FastifyRequest<{ Body: BackupRequest }>, reply) => {
      const bytes = backups.backup(request.body);
      // Whoever goes before the first of them never begins to read, and nothing would end it.
      finished(reply.raw, () => void bytes.return().catch(() => undefined));
      // Waited for, so that a refusal is an answer and not a stream that breaks off.
      const first = await bytes.next();
      const all = async function* (): AsyncGenerator<Buffer, void, void> {
        try {
          if (first.done !== true) yield first.value;
          yield* bytes;
        } finally {
          await bytes.return();
        }
      };
      return reply.type('application/octet-stream').send(Readable.from(all(), { objectMode: false }));
    },
  );
}

import { z } from 'zod';
import type { Reply } from '../exchange.ts';
import { badRequest } from './graph-error.ts';

const BATCH_MAX = 20;

const batchSchema = z.object({
  requests: z
    .array(
      z.object({
        id: z.string(),
        method: z.string(),
        url: z.string(),
        headers: z.record(z.string(), z.string()).optional(),
        body: z.unknown().optional(),
        dependsOn: z.array(z.string()).optional(),
      }),
    )
    .min(1),
});

/** One request inside a batch. */
export type InnerRequest = z.infer<typeof batchSchema>['requests'][number];

/** Performs one request of a batch as if it had come alone. */
export type Perform = (request: InnerRequest) => Promise<Reply>;

/** Answers `POST /$batch` (Microsoft Graph, "Combine multiple HTTP requests using JSON batching"). */
export async function batch(text: string, perform: Perform): Promise<string> {
  const { requests } = readBatch(text);
  if (requests.length > BATCH_MAX) {
    throw badRequest(`Number of batch request steps exceeds the maximum value of ${BATCH_MAX}.`);
  }
  const ids = new Set(requests.map((each) => each.id));
  if (ids.size !== requests.length) throw badRequest('Request Id values in a batch must be unique.');
  const failed = new Set<string>();
  const responses: unknown[] = [];
  for (const request of requests) {
    const blocked = request.dependsOn?.some((id) => failed.has(id)) === true;
    const response = blocked ? failedDependency(request.id) : innerResponse(request.id, await perform(request));
    if (response.status >= 400) failed.add(request.id);
    responses.push(response);
  }
  return JSON.stringify({ responses });
}

function readBatch(text: string): z.infer<typeof batchSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('Invalid batch payload format.');
  }
  const parsed = batchSchema.safeParse(value);
  if (!parsed.success) throw badRequest('Invalid batch payload format.');
  return parsed.data;
}

interface InnerResponse {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function innerResponse(id: string, reply: Reply): InnerResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.headers)) {
    if (/^(content-type|cache-control|x-ms-resource-unit|retry-after|location|preference-applied)$/i.test(name)) {
      headers[name] = String(value);
    }
  }
  const type = headers['content-type'] ?? '';
  return {
    id,
    status: reply.status,
    headers,
    body: type.includes('json') ? JSON.parse(String(reply.body)) : String(reply.body),
  };
}

function failedDependency(id: string): InnerResponse {
  const error = { code: 'FailedDependency', message: 'A request that this one depends on failed.' };
  return { id, status: 424, headers: { 'content-type': 'application/json' }, body: { error } };
}

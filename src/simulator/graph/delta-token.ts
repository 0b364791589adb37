import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const stateSchema = z.object({
  collection: z.enum(['users', 'groups']),
  select: z.array(z.string()).nullable(),
  ids: z.array(z.string()).nullable(),
  /** null: the initial round; else the sequence number that the changes begin after. */
  from: z.number().nullable(),
  /** The sequence number that this round reaches. */
  to: z.number(),
  position: z.number(),
  member: z.number(),
  minimal: z.boolean(),
  /** Where the page before this one began; what a replayed page repeats. */
  previous: z.tuple([z.number(), z.number()]).nullable(),
  generation: z.number(),
  issuedAtMs: z.number(),
});

/** What a `$skiptoken` or `$deltatoken` of a delta query carries: the initial query and how far it has come. */
export type DeltaState = z.infer<typeof stateSchema>;

const MAC_BYTES = 12;

/** Seals delta states into opaque tokens. Tokens of another sealer do not open, as those of another tenant would not. */
export class DeltaTokens {
  readonly #key = randomBytes(32);

  seal(state: DeltaState): string {
    const body = Buffer.from(JSON.stringify(state));
    return Buffer.concat([this.#mac(body), body]).toString('base64url');
  }

  /** Undefined when the token is not ours. */
  open(token: string): DeltaState | undefined {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length <= MAC_BYTES) return undefined;
    const body = bytes.subarray(MAC_BYTES);
    if (!timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.#mac(body))) return undefined;
    return stateSchema.parse(JSON.parse(body.toString('utf8')));
  }

  #mac(body: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(body).digest().subarray(0, MAC_BYTES);
  }
}

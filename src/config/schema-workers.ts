import { z } from 'zod';
import { wrongType } from './leaf.ts';

/** More threads than this serve nobody faster. */
const workersMax = 64;

const expected = `must be auto or a whole number from 1 to ${workersMax}`;

const error = ({ input }: { readonly input: unknown }): string =>
  typeof input === 'string' || typeof input === 'number' ? expected : wrongType(input, expected);

/** How many threads serve LDAP. Digits in a text are accepted too, because `${env:…}` gives a text. */
export const workers = z
  .preprocess(
    (input) => (typeof input === 'string' && /^\d{1,3}$/.test(input) ? Number(input) : input),
    z.union([z.literal('auto'), z.int({ error }).min(1, expected).max(workersMax, expected)], { error }),
  )
  .meta({
    description:
      'Threads that serve LDAP, or auto for as many as there are processors. More than one needs Node.js 22.12 or later; with an ' +
      'older one auto is 1.',
  });

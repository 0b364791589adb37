/**
 * Required by `npm test` before the first test: property tests draw the same cases in each run, so that what passes once
 * passes again on the same code. `TEST_SEED=random` draws others, `TEST_SEED=1234` those of a run that has failed.
 */
import { randomInt } from 'node:crypto';
import * as fc from 'fast-check';

const usual = 20_261_121;
const asked = process.env['TEST_SEED'];

fc.configureGlobal({ seed: asked === undefined ? usual : asked === 'random' ? randomInt(2 ** 31) : Number(asked) });

import { AugmentedReader, type Additions } from '../../src/directory/augmented-reader.ts';
import { memoryDirectory } from '../support/memory-directory.ts';
import { type ContractFactory, directoryReaderContract } from './directory-reader.contract.ts';
import { narrowedReaderContract } from './narrowed-directory.ts';

const inMemory: ContractFactory = (entries) =>
  Promise.resolve({
    source: memoryDirectory(entries),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });

const nothing: Additions = {
  base: 'dc=example,dc=com',
  of: () => undefined,
  entries: [],
  classes: new Map(),
  entryClass: 'sambadomain',
  lookup: () => undefined,
};

/** The same seen by somebody who may be shown more, when there is no more. */
const augmented: ContractFactory = async (entries) => {
  const subject = await inMemory(entries);
  return {
    ...subject,
    source: {
      acquire() {
        const lease = subject.source.acquire();
        if (lease === undefined) return undefined;
        return {
          reader: new AugmentedReader(lease.reader, nothing, true),
          [Symbol.dispose]: () => lease[Symbol.dispose](),
        };
      },
    },
  };
};

directoryReaderContract('The directory in memory', inMemory);
directoryReaderContract('The directory in memory, with additions,', augmented);
narrowedReaderContract('The directory in memory', inMemory);

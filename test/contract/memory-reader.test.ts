import { memoryDirectory } from '../support/memory-directory.ts';
import { directoryReaderContract } from './directory-reader.contract.ts';

directoryReaderContract('The directory in memory', (entries) =>
  Promise.resolve({
    source: memoryDirectory(entries),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
);

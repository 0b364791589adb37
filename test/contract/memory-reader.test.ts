import { memoryDirectory } from '../support/memory-directory.ts';
import { type ContractFactory, directoryReaderContract } from './directory-reader.contract.ts';
import { narrowedReaderContract } from './narrowed-directory.ts';

const inMemory: ContractFactory = (entries) =>
  Promise.resolve({
    source: memoryDirectory(entries),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });

directoryReaderContract('The directory in memory', inMemory);
narrowedReaderContract('The directory in memory', inMemory);

import { readFile } from 'node:fs/promises';

import { SourceError } from '../identity/source-error.ts';

// A JSON Web Token with the claims of a cluster has one or two kilobytes.
const tokenCharactersMax = 64 * 1024;

/**
 * Reads the token by which another identity provider, a Kubernetes cluster for instance, vouches for this process
 * (https://learn.microsoft.com/entra/workload-id/workload-identity-federation). Throws a {@link SourceError} `credentials`
 * when the file cannot be read or holds no JSON Web Token.
 */
export async function readFederatedToken(path: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw unusable(`cannot be read (${code})`, error);
  }
  if (token.length > tokenCharactersMax || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw unusable('holds no token');
  return token;
}

function unusable(problem: string, cause?: unknown): SourceError {
  return new SourceError('credentials', `The file with the federated token ${problem}`, {}, { cause });
}

import { generateTenant } from '../../simulator/generate.ts';
import { DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET } from '../../simulator/tenant/registration.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { exitCodes } from '../exit-codes.ts';
import { CommandFailure } from '../failure.ts';
import { demoTenant } from './demo-names.ts';
import type { StoredCertificate } from './server-certificate.ts';

/** How a program signs in to the demo's tenant. */
export const demoRegistration = { clientId: DEFAULT_CLIENT_ID, clientSecret: DEFAULT_CLIENT_SECRET } as const;

/** Starts the demo's tenant at a port of this machine, 0 for any free one. */
export async function startDemoTenant(certificate: StoredCertificate, port: number): Promise<Simulator> {
  try {
    return await startSimulator({ tenant: generateTenant(demoTenant), certificate, port });
  } catch (error) {
    throw simulatorFailure(error, port, 'Stop what listens there, or choose another with --simulator-port.');
  }
}

/** The failure to tell the user of when a simulator does not start. */
export function simulatorFailure(error: unknown, port: number, advice: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new CommandFailure(exitCodes.listen, `Port ${port}, meant for the simulated tenant, is in use. ${advice}`, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new CommandFailure(
      exitCodes.listen,
      `The simulated tenant may not listen at port ${port}: ${code}. ${advice}`,
      { cause: error },
    );
  }
  return error;
}

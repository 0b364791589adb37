import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

import type { SimulatedTenant } from '../servers/tenant.ts';

/** Changes the simulated tenant while the daemon copies it. */
export class TenantControl implements Disposable {
  readonly #tenant: SimulatedTenant;
  readonly #agent: Agent;

  constructor(tenant: SimulatedTenant) {
    this.#tenant = tenant;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(tenant.caFile) });
  }

  /** `POST /control/<operation>`; throws when it is refused. */
  async do(operation: string, body: object): Promise<void> {
    const asked = request(`${this.#tenant.url}/control/${operation}`, {
      method: 'POST',
      agent: this.#agent,
      headers: { authorization: `Bearer ${this.#tenant.controlToken}`, 'content-type': 'application/json' },
    });
    asked.end(JSON.stringify(body));
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const said = await text(answer);
    if (answer.statusCode !== 200) throw new Error(`the simulated tenant refuses ${operation}: ${said}`);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

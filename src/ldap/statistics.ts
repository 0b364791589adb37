import type { OperationName } from './protocol.ts';

/** Counters since the server started, and what is open now. */
export interface LdapStatistics {
  readonly connections: number;
  readonly connectionsAccepted: number;
  readonly connectionsRefused: number;
  /** Sessions that we ended because of what the client sent. */
  readonly protocolErrors: number;
  /** Requests by operation, whatever became of them. */
  readonly operations: Readonly<Record<OperationName, number>>;
}

/** The counters themselves. */
export class Statistics {
  connectionsAccepted = 0;
  connectionsRefused = 0;
  protocolErrors = 0;
  readonly operations: Record<OperationName, number> = {
    bind: 0,
    unbind: 0,
    search: 0,
    modify: 0,
    add: 0,
    delete: 0,
    modifyDn: 0,
    compare: 0,
    abandon: 0,
    extended: 0,
  };

  /** The counters as they stand. */
  snapshot(connections: number): LdapStatistics {
    return {
      connections,
      connectionsAccepted: this.connectionsAccepted,
      connectionsRefused: this.connectionsRefused,
      protocolErrors: this.protocolErrors,
      operations: { ...this.operations },
    };
  }
}

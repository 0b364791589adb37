/** The three values of filter evaluation (RFC 4511 §4.5.1.7). Only True selects an entry. */
export const Truth = { False: 0, True: 1, Undefined: 2 } as const;

/** One of the three values. */
export type Truth = (typeof Truth)[keyof typeof Truth];

/** True or False. */
export function truth(holds: boolean): Truth {
  return holds ? Truth.True : Truth.False;
}

/** A JSON object as it came: nothing about its values is known. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** Parses JSON; undefined when the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The value as a JSON object; undefined when it is anything else, an array or null included. */
export function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
}

/** The first rows of a list that may be long, and whether there are more. */
export interface FirstRows<T> {
  readonly rows: readonly T[];
  readonly hasMore: boolean;
}

/** Reads so many rows after leaving out the first, and no further: lists are made while they are read. */
export async function firstOf<T>(
  list: AsyncIterable<T> | Iterable<T>,
  count: number,
  skipped = 0,
): Promise<FirstRows<T>> {
  const rows: T[] = [];
  let index = 0;
  for await (const row of list) {
    if (index >= skipped + count) return { rows, hasMore: true };
    if (index >= skipped) rows.push(row);
    index += 1;
  }
  return { rows, hasMore: false };
}

/** Reads a list whose length the asker has bounded. */
export async function allOf<T>(list: AsyncIterable<T>): Promise<readonly T[]> {
  const rows: T[] = [];
  for await (const row of list) rows.push(row);
  return rows;
}

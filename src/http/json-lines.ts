/** JSON documents, one a line, each as soon as it is there. */
export async function* jsonLines(
  documents: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncGenerator<string, void, void> {
  for await (const each of documents) yield `${JSON.stringify(each)}\n`;
}

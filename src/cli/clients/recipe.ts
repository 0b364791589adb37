import type { DirectoryFacts } from './facts.ts';

/** One file of a client, or what is typed into its shell or its pages. */
export interface ClientFile {
  /** Where it belongs on the client. */
  readonly place: string;
  /** With a line break at its end. */
  readonly text: string;
}

/** How one client is set up to use the directory. */
export interface Recipe {
  /** What `client-config` calls it. */
  readonly name: string;
  /** What its makers call it. */
  readonly title: string;
  /** Attributes of users that it reads and cannot do without, beside those that every user has. */
  readonly needs: readonly string[];
  /** Ways to protect the connection that it has. */
  readonly encryptions: readonly DirectoryFacts['encryption'][];
  /** The page of its makers that the settings are taken from. */
  readonly page: string;
  files(facts: DirectoryFacts): readonly ClientFile[];
  /** What is to be done with the files, one sentence each. */
  steps(facts: DirectoryFacts): readonly string[];
}

/** Lines as a text; what is undefined is left out. */
export function lines(...all: readonly (string | undefined)[]): string {
  return `${all.filter((line) => line !== undefined).join('\n')}\n`;
}

/** A text in double quotes, as JSON, YAML and TOML read it. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

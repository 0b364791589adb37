import { dirname } from 'node:path';
import { standardSchema } from '../directory/schema.ts';
import { schemaOf } from '../projection/schema-additions.ts';
import { completeBaseDn } from './base-dn.ts';
import { buildConfig, resolvePath, withOverlay } from './build.ts';
import type { Config } from './config.ts';
import { fillSections, findingsOf, inFileOrder, placed, valueAt } from './document.ts';
import { defaultStorePath } from './names.ts';
import { namedFileProblems } from './named-files.ts';
import { readOverlay } from './overlay/read-overlay.ts';
import type { ConfigProblem, Finding, KeyPath } from './problem.ts';
import { readableParts } from './readable.ts';
import { brokenRules, doubts } from './rules.ts';
import { configSchema } from './schema.ts';
import { hasSubstitution, substituteAll } from './substitute.ts';
import { readYaml } from './yaml-document.ts';

/** Where a configuration text comes from and what it may look at. */
export interface ConfigSource {
  /** The path of the file, for messages and as the start of relative paths. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a text file (UTF-8); throws what the file system throws. */
  readonly readFile: (path: string) => string;
}

/**
 * A configuration with remarks on what is probably not meant, or every problem that it has, in the order of the file.
 * `storePath` is the folder of the store where a configuration with problems still names it: a running daemon is found by it.
 */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      readonly storePath: string | undefined;
      /** Set when nothing is wrong but that the naming context has to be asked of the tenant first: what to ask it by. */
      readonly provisional?: Config;
    };

/**
 * Reads a configuration (YAML 1.2). Never throws, keeps no state, and touches nothing but `env` and `readFile`. All
 * problems are found at once, except that a text which is not YAML says nothing about its keys.
 */
export function parseConfig(text: string, { file, env, readFile }: ConfigSource): ConfigResult {
  const folder = dirname(file);
  const readNear = readOnce((path) => readFile(resolvePath(folder, path)));
  const document = readYaml(text);
  const problems: ConfigProblem[] = document.problems.map((problem) => ({ file, key: '', ...problem }));
  const place = (findings: readonly Finding[]): ConfigProblem[] =>
    findings.map((finding) => placed(file, document, finding));
  if (!document.understood) {
    const path = storePathOf(document.value, text, { env, readFile: readNear });
    return { ok: false, problems, storePath: path && resolvePath(folder, path) };
  }

  const written = fillSections(configSchema, document.value);
  const [value, missing] = substituteAll(written, { env, readFile: readNear });
  const completed = completeBaseDn(value, readNear);
  const parsed = configSchema.safeParse(completed.value);
  const parts = readableParts(configSchema, completed.value);
  problems.push(
    ...place(missing),
    ...place((parsed.error?.issues ?? []).flatMap((issue) => findingsOf(configSchema, issue, value))),
    ...place(brokenRules(parts, (path) => valueAt(value, path) !== undefined)),
    ...place(namedFileProblems(parts, readNear)),
  );
  const config =
    parsed.success && problems.length === 0 ? buildConfig(parsed.data, { folder, readFile: readNear }) : undefined;
  const { overlay, accounts, ...read } = readOverlay({
    files: (parts?.overlay?.files ?? []).flatMap((path) =>
      path === undefined ? [] : [{ path, file: resolvePath(folder, path) }],
    ),
    env,
    readFile: readNear,
    schema:
      config === undefined
        ? { schema: standardSchema, isComplete: false }
        : { schema: schemaOf(config.projection), isComplete: true },
  });
  if (config === undefined || read.problems.length > 0) {
    const path = parts?.store?.path;
    const storePath = path && resolvePath(folder, path);
    return { ok: false, problems: [...inFileOrder(problems), ...read.problems], storePath };
  }
  if (completed.isProvisional) {
    const finding = { path: ['directory'], at: 'value', message: unknownBaseDn } as const;
    const { path } = config.store;
    return { ok: false, problems: place([finding]), storePath: path, provisional: config };
  }
  const isInFile = (path: KeyPath): boolean => {
    const text = valueAt(written, path);
    return typeof text === 'string' && !hasSubstitution(text);
  };
  return {
    ok: true,
    config: withOverlay(config, overlay, accounts),
    warnings: inFileOrder(place(doubts(parts, isInFile))),
  };
}

const unknownBaseDn =
  'needs baseDn, or follows from the primary domain of the tenant, which was not asked yet: entra-ldapd serve and sync ask it';

// A text that is no YAML any more is mostly right still, and its daemon runs on: it has to be found to be asked. Where the
// section of the store may be what is broken, nothing is guessed, for that could be another daemon.
function storePathOf(value: unknown, text: string, source: Pick<ConfigSource, 'env' | 'readFile'>): string | undefined {
  if (!/^["']?store\b/m.test(text)) return value === undefined ? undefined : defaultStorePath;
  const [path, missing] = substituteAll(valueAt(value, ['store', 'path']), source);
  return typeof path === 'string' && path !== '' && missing.length === 0 ? path : undefined;
}

/** A file that was checked must not have gone, or have another content, when it is used. */
function readOnce(readFile: (path: string) => string): (path: string) => string {
  const contents = new Map<string, string>();
  return (path) => {
    const content = contents.get(path) ?? readFile(path);
    contents.set(path, content);
    return content;
  };
}

/** What `init` has learned, in the words of the configuration. Paths are as they shall stand in the file. */
export interface InitAnswers {
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential:
    | { readonly kind: 'secret'; readonly source: string }
    | { readonly kind: 'certificate'; readonly file: string };
  readonly cloud: string;
  readonly authorityHost: string | undefined;
  readonly graphUrl: string | undefined;
  readonly caFile: string | undefined;
  readonly baseDn: string;
  readonly listen: string;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/** The example of the configuration does not have a line that is to be filled in. */
export class ExampleError extends Error {
  override readonly name = 'ExampleError';
}

/**
 * The text of a configuration: the commented example with the answers in it, and without its service account, whose
 * password hash nobody has yet. Throws {@link ExampleError} when the example is another one than this was written for.
 */
export function fillExample(example: string, answers: InitAnswers, file: string): string {
  const { tenantId, clientId, credential, cloud, authorityHost, graphUrl, caFile, baseDn, listen, tls } = answers;
  const text = new ExampleText(example);
  text.replace(/^# yaml-language-server: .*\n#\n/, '');
  text.replace(
    /^# The configuration of entra-ldapd\. [\s\S]*?\n#\n# {5}entra-ldapd .*\n/,
    `# The configuration of entra-ldapd. Everything in it, the tenant included, is tested by:\n#\n#     entra-ldapd check --config ${file}\n`,
  );
  text.set('id', tenantId);
  text.set('clientId', clientId);
  if (credential.kind === 'secret') text.set('secret', credential.source);
  else {
    text.replace(/^( *)secret:/m, '$1#secret:');
    text.set('certificateFile', scalar(credential.file));
  }
  text.set('cloud', cloud);
  if (authorityHost !== undefined) text.set('authorityHost', scalar(authorityHost));
  if (graphUrl !== undefined) text.set('graphUrl', scalar(graphUrl));
  if (caFile !== undefined) text.set('caFile', scalar(caFile));
  text.set('baseDn', scalar(baseDn));
  text.replace(/^( *listen:\n *- ).*$/m, (_, before) => `${before}${scalar(listen)}`);
  if (tls !== undefined) {
    text.replace(/^( *)#tls:$/m, '$1tls:');
    text.set('certFile', scalar(tls.certFile));
    text.set('keyFile', scalar(tls.keyFile));
  }
  text.replace(/^serviceAccounts:\n(?:.+\n)+/m, (block) => block.replaceAll(/^(?! *#)/gm, '#').replace(/#$/, ''));
  return text.value;
}

class ExampleText {
  value: string;

  constructor(value: string) {
    this.value = value;
  }

  replace(pattern: RegExp, by: string | ((match: string, first: string) => string)): void {
    const before = this.value;
    this.value = typeof by === 'string' ? before.replace(pattern, by) : before.replace(pattern, by);
    if (this.value === before && !pattern.test(before)) throw new ExampleError(`no line matches ${String(pattern)}`);
  }

  /** Gives the first key of that name a value, and switches it on where it is off. */
  set(key: string, value: string): void {
    this.replace(new RegExp(`^( *)#?${key}:.*$`, 'm'), (_, indent) => `${indent}${key}: ${value}`);
  }
}

/** A text as YAML; plain where that cannot be read as anything else. */
function scalar(text: string): string {
  return /^[A-Za-z0-9./][\w./=,:@+-]*$/.test(text) && !/^[\d.]+$|:$/.test(text) ? text : JSON.stringify(text);
}

// Writes docs/configuration.md from config/entra-ldapd.schema.json; with --check it only says whether the page is current.
import { readFileSync, writeFileSync } from 'node:fs';

const page = new URL('../docs/configuration.md', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('../config/entra-ldapd.schema.json', import.meta.url), 'utf8'));

const introduction = `# Configuration

Every key, as the program checks it. [config/entra-ldapd.example.yaml](../config/entra-ldapd.example.yaml) has the same keys in a file to
copy, with more words; \`entra-ldapd init\` fills one in, and \`entra-ldapd config check\` lists every problem at once, with line and column.
Editors that know YAML schemas complete the keys from [config/entra-ldapd.schema.json](../config/entra-ldapd.schema.json), from which
this page is made (\`node scripts/config-reference.mjs\`).

In every value \`\${env:NAME}\` is replaced by an environment variable and \`\${file:PATH}\` by the content of a file; \`$\${\` is a plain \`\${\`.
Durations are written \`500ms\`, \`30s\`, \`10m\`, \`1h30m\`, \`7d\`; sizes \`64KiB\`, \`1MiB\`. Relative paths start at the folder of the
configuration. A running daemon takes a changed file over within seconds, as a whole or not at all, and \`entra-ldapd status\` names what
waits for a restart ([why](decisions/0014-settings-change-while-the-daemon-runs.md)).
`;

const text = `${introduction}${Object.entries(schema.properties)
  .map(([name, section]) => sectionText(name, section, schema.required ?? []))
  .join('')}`;

if (!process.argv.includes('--check')) {
  writeFileSync(page, text);
} else if (readFileSync(page, 'utf8') !== text) {
  console.error('docs/configuration.md is not current. Make it anew: node scripts/config-reference.mjs');
  process.exitCode = 1;
}

function sectionText(name, section, required) {
  const isRequired = required.includes(name) ? ' Required.' : '';
  const rows = rowsOf(name, section);
  const description = section.description ?? section.items?.description ?? '';
  const heading = `\n## ${name}\n\n${description}${isRequired}`.trimEnd();
  if (rows.length === 0) return `${heading}\n`;
  return `${heading}\n\n| key | value | default | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

/** A row for each key below, in the order of the schema; of lists of objects the keys of one. */
function rowsOf(path, { properties, items, required = [] }) {
  if (items?.properties !== undefined) return rowsOf(`${path}[]`, items);
  return Object.entries(properties ?? {}).flatMap(([name, value]) => {
    const key = `${path}.${name}`;
    const below = rowsOf(key, value);
    const cells = [`\`${key}\``, kindOf(value), defaultOf(value, required.includes(name)), value.description ?? ''];
    if (below.length > 0 && value.description === undefined) return below;
    return [`| ${cells.map(cell).join(' | ')} |`, ...below];
  });
}

function cell(value) {
  return value.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function defaultOf(value, isRequired) {
  if (isRequired) return 'required';
  // The default of a section is what its keys have.
  return value.default === undefined || value.properties !== undefined ? '' : code(value.default);
}

function code(value) {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** What may stand there, in words; that every value can be taken from elsewhere is said once, above. */
function kindOf(value) {
  if (value.const !== undefined) return code(value.const);
  if (value.enum !== undefined) return value.enum.map(code).join(', ');
  const alternatives = (value.anyOf ?? value.oneOf ?? []).filter(
    (each) =>
      each.type !== undefined || each.enum !== undefined || each.const !== undefined || each.anyOf !== undefined,
  );
  if (value.type === undefined && alternatives.length > 0) {
    const real = alternatives.filter((each) => !isElsewhere(each));
    return [...new Set((real.length > 0 ? real : alternatives).map(kindOf))].join(', or ');
  }
  if (value.properties !== undefined) return 'section';
  switch (value.type) {
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
    case 'number':
      return `number${range(value)}`;
    case 'array':
      return `list${value.items?.type === 'object' || value.items === undefined ? '' : ` of ${kindOf(value.items)}`}`;
    case 'object':
      return 'map';
    default:
      return value.examples === undefined ? 'text' : `text, such as ${value.examples.map(code).join(', ')}`;
  }
}

function isElsewhere({ type, pattern }) {
  return type === 'string' && pattern !== undefined && pattern.startsWith('\\$\\{');
}

function range({ minimum, maximum }) {
  if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
    return `, ${minimum} to ${maximum}`;
  return minimum === undefined ? '' : `, from ${minimum}`;
}

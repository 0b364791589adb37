import assert from 'node:assert/strict';
import { blankNonCode, computedImports, importedModules, linesOf } from '../../support/source-scanner.ts';

const specifiers = (source: string): string[] => importedModules(source).map((found) => found.specifier);

describe('source scanner', () => {
  it('finds every form of import', () => {
    const source = [
      "import './side-effect.ts';",
      "import one from 'one';",
      "import { two, type Two } from 'two';",
      "import type { Three } from 'three';",
      "import * as four from 'four';",
      "import {\n  five,\n  alsoFive,\n} from 'five';",
      "export { six } from 'six';",
      "export * from 'seven';",
      "const eight = await import('eight');",
      "type Nine = import('nine').Nine;",
      "import eleven from'eleven';",
    ].join('\n');
    assert.deepEqual(specifiers(source), [
      './side-effect.ts',
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      'nine',
      'eleven',
    ]);
  });

  it('tells the line on which the module is named', () => {
    assert.deepEqual(importedModules("\n\nimport { a } from 'a';\nimport 'b';"), [
      { specifier: 'a', line: 3 },
      { specifier: 'b', line: 4 },
    ]);
  });

  it('does not take comments, strings, templates or regular expressions for imports', () => {
    const source = [
      "// import 'comment';",
      "/* import 'block';\n import 'block2'; */",
      'const a = "import \'string\'";',
      "const b = `import 'template'`;",
      "const c = /import 'regexp'/;",
      "const d = 'it\\'s from \\'escape\\'';",
      "const e = { from: 'property' };",
      "const f = Array.from('method');",
      'const g = x.import("method");',
    ].join('\n');
    assert.deepEqual(specifiers(source), []);
  });

  it('reads the code inside a template, however deep', () => {
    const source =
      "const a = `text ${await import('inner')} ${`${{ b: import('deep') }.b}`} import('text')`; import 'after';";
    assert.deepEqual(specifiers(source), ['inner', 'deep', 'after']);
  });

  it('tells a division from a regular expression', () => {
    const source = "const a = b / c; const d = e[0] / 2; const q = /'/.exec(f) ?? (g) / 2; import 'after';";
    assert.deepEqual(specifiers(source), ['after']);
  });

  it('keeps every position and line', () => {
    const source = "a; // b\n'c' + `d${e}\n` /* f\n */ + /g[/]h/u;";
    const code = blankNonCode(source);
    assert.equal(code.length, source.length);
    assert.equal(code, "a;     \n' ' + `  ${e}\n`     \n    +        u;".replace('`  ${e}', '` ${e}'));
  });

  it('reports imports whose module is computed', () => {
    assert.deepEqual(computedImports("await import(name);\nawait import('name');\nrequire(name);"), [1]);
  });

  it('finds a pattern only in code', () => {
    assert.deepEqual(
      linesOf("process.env;\n// process.env\n'process.env';\n process . env", /process\s*\.\s*env/g),
      [1, 4],
    );
  });
});

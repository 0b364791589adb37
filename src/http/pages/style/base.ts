/** Colours, type and what every element looks like; light and dark. */
export const baseStyle = `
:root {
  color-scheme: light dark;
  --ground: #f5f6f9; --surface: #ffffff; --raised: #fafbfd; --line: #e1e5ec; --line-strong: #c6cdd9;
  --ink: #18202e; --quiet: #556074; --accent: #3457c9; --accent-ink: #ffffff; --accent-soft: #eaeffd; --bar: #6f8be6; --bar-soft: #c3cff6;
  --good: #17703f; --good-soft: #e5f5ec; --warn: #805000; --warn-soft: #fdf2d8; --bad: #ab2318; --bad-soft: #fdecea;
  --busy: #2c55b8; --busy-soft: #e8effc; --none: #556074; --none-soft: #eef0f4;
  --shade: 0 1px 2px rgb(24 32 46 / 5%), 0 4px 16px rgb(24 32 46 / 4%);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Segoe UI Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1219; --surface: #161c26; --raised: #1b222e; --line: #283141; --line-strong: #3d485c;
    --ink: #e7ebf3; --quiet: #a2adc0; --accent: #9db4ff; --accent-ink: #0f1730; --accent-soft: #202b4a; --bar: #7f9af0; --bar-soft: #35436e;
    --good: #6fd6a0; --good-soft: #12301f; --warn: #f0c566; --warn-soft: #372b0d; --bad: #ff9d93; --bad-soft: #3d1a18;
    --busy: #9bb8ff; --busy-soft: #1b294a; --none: #a2adc0; --none-soft: #222a37;
    --shade: none;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { font: 100%/1.55 var(--sans); background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; font-size: .9375rem; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { margin: 0; overflow-wrap: anywhere; font-size: 1.625rem; font-weight: 650; letter-spacing: -.015em; }
h2 { margin: 0; font-size: 1.0625rem; font-weight: 620; letter-spacing: -.005em; }
h3 { margin: 0 0 .5rem; font-size: .9375rem; font-weight: 600; }
p { margin: 0 0 .75rem; max-width: 75ch; }
time { white-space: nowrap; }
p:last-child { margin-bottom: 0; }
a { color: var(--accent); text-decoration-thickness: .06em; text-underline-offset: .18em; }
a:hover { text-decoration-thickness: .12em; }
code, pre { font-family: var(--mono); font-size: .875em; }
code { padding: .08em .35em; border: 1px solid var(--line); border-radius: .35em; background: var(--raised); overflow-wrap: anywhere; }
ul, ol { margin: 0; padding-left: 1.2rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .3rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet { color: var(--quiet); }
.mono { font-family: var(--mono); font-size: .875em; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.nowrap { white-space: nowrap; }
.icon { flex: none; width: 1em; height: 1em; fill: none; stroke: currentcolor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; vertical-align: -.13em; }
.emblem { width: 1.75rem; height: 1.75rem; flex: none; }
.emblem rect { fill: #3457c9; }
.emblem path { fill: none; stroke: #fff; stroke-width: 2; }
.emblem circle { fill: #fff; }
@media (forced-colors: active) { .badge, .card, .button { border: 1px solid; } }
`;

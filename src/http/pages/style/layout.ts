/** Where things are: navigation beside the page, above it on a narrow screen, and no navigation on paper. */
export const layoutStyle = `
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 2; padding: .5rem 1rem; border-radius: 0 0 .5rem .5rem; background: var(--accent); color: var(--accent-ink); }
.skip:focus { top: 0; }
.frame { display: grid; grid-template-columns: 15rem minmax(0, 1fr); min-height: 100vh; background: linear-gradient(to right, var(--surface) calc(15rem - 1px), var(--line) 0 15rem, transparent 0); }
.side { position: sticky; top: 0; display: flex; flex-direction: column; gap: 1.25rem; height: 100vh; padding: 1.25rem .875rem; overflow-y: auto; }
.brand { display: flex; align-items: center; gap: .7rem; padding: 0 .5rem; color: inherit; text-decoration: none; line-height: 1.2; }
.brand strong { display: block; font-weight: 650; letter-spacing: -.01em; }
.brand small { display: block; color: var(--quiet); font-size: .8125rem; overflow-wrap: anywhere; }
.side nav ul { display: flex; flex-direction: column; gap: .125rem; margin: 0; padding: 0; list-style: none; }
.side nav a { display: flex; justify-content: space-between; align-items: center; gap: .5rem; padding: .45rem .75rem; border-radius: .5rem; color: var(--ink); text-decoration: none; }
.side nav a:hover { background: var(--none-soft); }
.side nav a[aria-current] { background: var(--accent-soft); color: var(--accent); font-weight: 600; }
.side nav .off { margin-top: .5rem; padding-top: .5rem; border-top: 1px solid var(--line); }
.bubble { min-width: 1.4rem; padding: 0 .4rem; border-radius: 1rem; background: var(--warn-soft); color: var(--warn); font-size: .75rem; font-weight: 650; text-align: center; }
.who { margin-top: auto; padding: 1rem .5rem 0; border-top: 1px solid var(--line); font-size: .8125rem; }
.who strong { display: block; font-size: .875rem; overflow-wrap: anywhere; }
.who form { margin: .6rem 0; }
main { width: 100%; max-width: 78rem; padding: 2rem 2.25rem 4rem; }
main:focus { outline: none; }
.head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: flex-end; gap: .5rem 1.5rem; margin-bottom: 1.5rem; }
.head > div { min-width: 0; }
.head p { margin: .25rem 0 0; color: var(--quiet); }
.stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.25rem; align-items: start; }
.pair.equal { align-items: stretch; }
.lone { display: grid; place-items: center; min-height: 100vh; padding: 1.5rem; }
.lone main { max-width: 27rem; padding: 0; }
.lone .head { flex-wrap: nowrap; justify-content: flex-start; align-items: center; gap: 1rem; }
.lone .emblem { width: 3rem; height: 3rem; }
.lone form { margin-bottom: 1.25rem; }
.lone button { width: 100%; }
@media (max-width: 60rem) {
  .frame { grid-template-columns: minmax(0, 1fr); align-content: start; background: none; }
  .side { position: static; display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; height: auto; gap: .75rem 1rem; padding: .875rem 1rem .5rem; background: var(--surface); border-bottom: 1px solid var(--line); overflow: visible; }
  .side nav { grid-row: 2; grid-column: 1 / -1; margin: 0 -1rem; padding: .25rem 1rem .4rem; overflow-x: auto; scrollbar-width: thin; }
  .side nav ul { flex-direction: row; width: max-content; }
  .side nav .off { margin: 0; padding: 0; border: 0; }
  .side nav a { padding: .45rem .7rem; white-space: nowrap; }
  .who { grid-row: 1; grid-column: 2; display: flex; align-items: center; gap: .75rem; margin: 0; padding: 0; border: 0; }
  .who strong { max-width: 9rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .who form { margin: 0; }
  .who .quiet { display: none; }
  .brand { padding: 0; }
  main { padding: 1.25rem 1rem 3rem; }
}
@media (max-width: 40rem) { .wide { display: none; } h1 { font-size: 1.4rem; } }
@media print {
  .side, .skip, .live, .switch, form, .actions, .pager { display: none !important; }
  .frame { display: block; }
  main { max-width: none; padding: 0; }
  .card { break-inside: avoid; box-shadow: none !important; }
  :root { --ground: #fff; --surface: #fff; --raised: #fff; --ink: #000; --quiet: #333; }
}
`;

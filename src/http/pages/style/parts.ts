/** The parts that pages are made of: cards, badges, tables, forms, notices. */
export const partsStyle = `
.card { padding: 1.25rem 1.375rem; border: 1px solid var(--line); border-radius: .875rem; background: var(--surface); box-shadow: var(--shade); }
.card > header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: .4rem 1rem; margin-bottom: .875rem; }
.card > header p { margin: 0; }
.card > footer { margin-top: 1rem; padding-top: .875rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .875rem; }
.badge { display: inline-flex; align-items: center; gap: .35em; padding: .1em .6em .1em .45em; border-radius: 1em; font-size: .8125rem; font-weight: 600; white-space: nowrap; }
.badge.good, .health.good .sign { color: var(--good); background: var(--good-soft); }
.badge.busy, .health.busy .sign { color: var(--busy); background: var(--busy-soft); }
.badge.warn, .health.warn .sign { color: var(--warn); background: var(--warn-soft); }
.badge.bad, .health.bad .sign { color: var(--bad); background: var(--bad-soft); }
.badge.none, .health.none .sign { color: var(--none); background: var(--none-soft); }
.health { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 1.125rem; align-items: start; }
.health .sign { display: grid; place-items: center; width: 3rem; height: 3rem; border-radius: .875rem; font-size: 1.6rem; }
.health h2 { font-size: 1.3125rem; letter-spacing: -.01em; }
.health .lead { margin: .25rem 0 0; color: var(--quiet); }
.findings { grid-column: 1 / -1; display: grid; gap: .625rem; margin: 1.125rem 0 0; padding: 0; list-style: none; }
.finding { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 .75rem; padding: .75rem 1rem; border-radius: .625rem; background: var(--raised); border: 1px solid var(--line); }
.finding > .icon { margin-top: .3em; font-size: 1.0625rem; }
.finding strong { font-weight: 620; overflow-wrap: anywhere; }
.finding p { margin: .15rem 0 0; color: var(--quiet); overflow-wrap: anywhere; }
.icon.good { color: var(--good); } .icon.busy { color: var(--busy); } .icon.warn { color: var(--warn); } .icon.bad { color: var(--bad); } .icon.none { color: var(--none); }
.figure + p { margin-top: .3rem; }
.figure { display: flex; align-items: baseline; gap: .5rem; margin: 0; font-size: 2.125rem; font-weight: 650; line-height: 1.1; letter-spacing: -.025em; }
.figure small { font-size: .9375rem; font-weight: 400; letter-spacing: 0; color: var(--quiet); }
dl.facts { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: .45rem 1.25rem; margin: 0; }
@media (min-width: 75rem) { .facts.twice { grid-template-columns: repeat(2, minmax(7rem, auto) minmax(0, 1fr)); } }
dl.facts dt { min-width: 5.5rem; color: var(--quiet); overflow-wrap: anywhere; }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
dl.tally { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: .75rem 1rem; margin: 1rem 0; }
dl.tally div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
dl.tally dt { color: var(--quiet); font-size: .8125rem; }
dl.tally dd { margin: 0; font-size: 1.125rem; font-weight: 600; }
.scroll { position: relative; overflow-x: auto; margin: 0 -1.375rem; padding: 0 1.375rem; background: linear-gradient(to right, var(--surface) 1.25rem, transparent) left / 2.5rem 100% no-repeat local, linear-gradient(to left, var(--surface) 1.25rem, transparent) right / 2.5rem 100% no-repeat local, linear-gradient(to right, var(--line), transparent) left / .75rem 100% no-repeat scroll, linear-gradient(to left, var(--line), transparent) right / .75rem 100% no-repeat scroll; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: left; }
th, td { padding: .55rem .75rem .55rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { padding-top: 0; color: var(--quiet); font-size: .8125rem; font-weight: 550; white-space: nowrap; }
tbody th { min-width: min(10rem, 40vw); font-weight: 550; overflow-wrap: anywhere; }
table .mono:not(.sub) { white-space: nowrap; overflow-wrap: normal; }
dl.facts + .scroll { margin-top: 1.25rem; }
td .sub, th .sub { display: block; color: var(--quiet); font-size: .8125rem; font-weight: 400; overflow-wrap: anywhere; }
.number + th, .number + td { padding-left: .75rem; }
.button, button { display: inline-flex; align-items: center; justify-content: center; gap: .4rem; min-height: 2.375rem; padding: .4rem .95rem; border: 1px solid var(--line-strong); border-radius: .55rem; background: var(--surface); color: var(--ink); font: inherit; font-weight: 550; text-decoration: none; cursor: pointer; }
.button:hover, button:hover { border-color: var(--accent); color: var(--accent); }
button.main, .button.main { border-color: transparent; background: var(--accent); color: var(--accent-ink); }
button.main:hover, .button.main:hover { color: var(--accent-ink); filter: brightness(1.08); }
button.small { min-height: 1.9rem; padding: .2rem .7rem; font-size: .875rem; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: .625rem; }
.actions.end { margin-top: 1.125rem; }
label { font-weight: 550; }
input, select { width: 100%; min-height: 2.375rem; padding: .4rem .7rem; border: 1px solid var(--line-strong); border-radius: .55rem; background: var(--surface); color: inherit; font: inherit; }
form.filter { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10rem), 1fr)); gap: .75rem; align-items: end; }
form.filter .grow { grid-column: span 2; }
form.filter label { display: block; margin-bottom: .2rem; font-size: .8125rem; color: var(--quiet); }
@media (max-width: 40rem) { form.filter .grow { grid-column: auto; } }
.field { margin-bottom: 1rem; }
.field label { display: block; margin-bottom: .3rem; }
.notice { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .75rem; margin-bottom: 1.25rem; padding: .8rem 1rem; border-radius: .7rem; border: 1px solid transparent; }
.notice > .icon { margin-top: .25em; font-size: 1.0625rem; }
.notice.good { background: var(--good-soft); border-color: var(--good); }
.notice.busy { background: var(--busy-soft); border-color: var(--busy); }
.notice.warn { background: var(--warn-soft); border-color: var(--warn); }
.notice.bad { background: var(--bad-soft); border-color: var(--bad); }
.notice p { overflow-wrap: anywhere; }
.error { margin-top: .75rem; color: var(--bad); overflow-wrap: anywhere; }
.empty { padding: 1.75rem 1rem; text-align: center; color: var(--quiet); }
.empty p { margin-inline: auto; }
.pager { display: flex; justify-content: space-between; align-items: center; gap: 1rem; margin-top: 1rem; color: var(--quiet); }
progress { width: 100%; height: .5rem; appearance: none; border: 0; border-radius: 1rem; overflow: hidden; background: var(--none-soft); accent-color: var(--accent); }
progress::-webkit-progress-bar { background: var(--none-soft); }
progress::-webkit-progress-value { background: var(--accent); border-radius: 1rem; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 1rem; }
details > summary { cursor: pointer; color: var(--accent); font-weight: 550; }
details[open] > summary { margin-bottom: .625rem; }
details + details { margin-top: .5rem; }
.actions details { flex: 1 1 15rem; }
pre { margin: .5rem 0 0; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: .55rem; background: var(--raised); white-space: pre-wrap; overflow-wrap: anywhere; }
pre code { padding: 0; border: 0; background: none; font-size: 1em; }
.rules { display: grid; gap: 0; margin: 0; padding: 0; list-style: none; counter-reset: rule; }
.rules li { display: grid; grid-template-columns: 6.75rem minmax(0, 1fr); gap: .25rem .75rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
.rules li:last-child { border-bottom: 0; }
.plain { padding: 0; list-style: none; }
.plain { columns: 18rem; column-gap: 2rem; }
.plain li { break-inside: avoid; padding: .3rem 0; overflow-wrap: anywhere; }
.events { display: grid; gap: 0; margin: 0; padding: 0; list-style: none; }
.events li { display: grid; grid-template-columns: auto 4.75rem minmax(0, 1fr); gap: .25rem .875rem; align-items: baseline; padding: .45rem 0; border-bottom: 1px solid var(--line); }
.events li:last-child { border-bottom: 0; }
.events time { color: var(--quiet); font-size: .8125rem; white-space: nowrap; }
.events .badge { justify-self: start; }
.events .sub { display: block; color: var(--quiet); font-size: .8125rem; }
.events strong { font-weight: 600; }
@media (max-width: 40rem) { .events li { grid-template-columns: auto minmax(0, 1fr); } .events li > span:last-child { grid-column: 1 / -1; } }
.live { display: inline-flex; align-items: center; gap: .45rem; color: var(--quiet); font-size: .8125rem; }
.live.on::before { content: ""; width: .5rem; height: .5rem; border-radius: 50%; background: var(--good); }
`;

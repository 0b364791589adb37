/** Charts: the bars are drawings that stretch with the page, their words are text beside them. */
export const chartsStyle = `
.chart { margin: 0; }
.chart + .chart { margin-top: 1.25rem; }
.chart figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; margin-bottom: .4rem; font-size: .8125rem; color: var(--quiet); }
.chart figcaption strong { color: var(--ink); font-weight: 600; }
.plot { position: relative; height: 6.5rem; border-bottom: 1px solid var(--line-strong); background: repeating-linear-gradient(to bottom, var(--line) 0 1px, transparent 1px 50%); }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.plot rect { vector-effect: non-scaling-stroke; stroke-width: 1.5; }
.plot .slot { fill: transparent; }
.plot g:hover .slot { fill: var(--none-soft); }
.mark { fill: var(--bar); }
.mark.soft { fill: var(--bar-soft); }
.mark.held { fill: var(--warn-soft); stroke: var(--warn); }
.mark.failed { fill: var(--bad-soft); stroke: var(--bad); stroke-dasharray: 3 2; }
.mark.refused { fill: var(--warn-soft); stroke: var(--warn); }
.mark.undecided { fill: var(--bad-soft); stroke: var(--bad); stroke-dasharray: 3 2; }
.axis { display: flex; justify-content: space-between; margin-top: .25rem; font-size: .75rem; color: var(--quiet); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .625rem 0 .75rem; padding: 0; list-style: none; font-size: .8125rem; color: var(--quiet); }
.legend li { display: inline-flex; align-items: center; gap: .4rem; }
.legend svg { width: .875rem; height: .875rem; overflow: visible; }
.legend rect { stroke-width: 1.5; }
.switch { display: inline-flex; gap: .25rem; padding: .2rem; border-radius: .6rem; background: var(--none-soft); font-size: .8125rem; }
.switch a { padding: .15rem .7rem; border-radius: .45rem; color: var(--quiet); text-decoration: none; }
.switch a[aria-current] { background: var(--surface); color: var(--ink); font-weight: 600; }
@media (forced-colors: active) { .mark { fill: CanvasText; } }
`;

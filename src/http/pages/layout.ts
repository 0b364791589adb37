import type { AdminIdentity, AdminScope } from '../../identity/admin-token.ts';
import type { StatusReport } from '../../identity/admin.ts';
import { assets } from './assets.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { emblem, type Tone } from './icons.ts';
import { notice } from './parts.ts';

/** A message that is shown once, on the page after the one that did something. */
export interface Flash {
  readonly tone: Tone;
  readonly text: string;
}

/** Who looks at a page, and what every page says. */
export interface Visit {
  readonly identity: AdminIdentity;
  /** Goes into every form, so that no other site can send one. */
  readonly csrf: string;
  readonly status: StatusReport;
  readonly flash: Flash | undefined;
  readonly nowMs: number;
}

/** A page of the navigation, and what a token needs to be shown it. */
interface Place {
  readonly path: string;
  readonly title: string;
  readonly scope: AdminScope;
  /** Whether a line sets it off from those above it. */
  readonly isSetOff?: true;
}

const places: readonly Place[] = [
  { path: '/', title: 'Overview', scope: 'read' },
  { path: '/held', title: 'Held back', scope: 'read' },
  { path: '/users', title: 'Users', scope: 'people', isSetOff: true },
  { path: '/groups', title: 'Groups', scope: 'people' },
  { path: '/conflicts', title: 'Conflicts', scope: 'people' },
  { path: '/domains', title: 'Domains', scope: 'read' },
  { path: '/history', title: 'Sync log', scope: 'read', isSetOff: true },
  { path: '/publications', title: 'Publications', scope: 'read' },
  { path: '/audit', title: 'Sign-ins', scope: 'audit' },
  { path: '/log', title: 'Daemon log', scope: 'audit' },
];

/** Where somebody with these scopes begins; undefined when no page is for them. */
export function firstPlace(scopes: ReadonlySet<AdminScope>): string | undefined {
  for (const place of places) if (scopes.has(place.scope)) return place.path;
  return undefined;
}

/** A whole page for somebody who has signed in. `path` is that of the page in the navigation to which it belongs. */
export function page(
  visit: Visit,
  { title, path, main }: { readonly title: string; readonly path: string; readonly main: HtmlValue },
): string {
  const { status, flash } = visit;
  const tenant = status.tenant.displayName ?? status.baseDn;
  return documentOf(
    `${title} · ${tenant}`,
    html`<a class="skip" href="#main">Skip to the content</a>
<div class="frame">
<header class="side">
<a class="brand" href="/">${emblem}<span><strong>entra-ldapd</strong><small>${tenant}</small></span></a>
<nav aria-label="Pages"><ul id="places" data-live>${navigation(visit, path)}</ul></nav>
${who(visit)}
</header>
<main id="main" tabindex="-1">
${flash !== undefined && notice(flash.tone, flash.text)}
<p id="announcement" class="visually-hidden" role="status"></p>
${main}
</main>
</div>`,
    html`<script type="module" src="${assets.script.path}"></script>`,
  );
}

/** A page for somebody who has not. */
export function lonePage(title: string, main: HtmlValue): string {
  return documentOf(`${title} · entra-ldapd`, html`<div class="lone"><main id="main">${main}</main></div>`, null);
}

function documentOf(title: string, body: Html, script: Html | null): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="${assets.favicon.path}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style.path}">
${script}
</head>
<body>
${body}
</body>
</html>
`.toString();
}

function navigation({ identity, status }: Visit, current: string): readonly Html[] {
  return places.flatMap((place) => {
    if (!identity.scopes.has(place.scope)) return [];
    const here = place.path === current && html` aria-current="page"`;
    const waits =
      place.path === '/held' &&
      status.sync.held?.decision === 'open' &&
      html` <span class="bubble">1<span class="visually-hidden"> waiting</span></span>`;
    return [
      html`<li${place.isSetOff === true && html` class="off"`}><a href="${place.path}"${here}>${place.title}${waits}</a></li>\n`,
    ];
  });
}

function who({ identity, csrf, status }: Visit): Html {
  return html`<div class="who">
<span><span class="quiet">Signed in with the token</span> <strong>${identity.name}</strong></span>
<form method="post" action="/sign-out">${csrfField(csrf)}<button class="small">Sign out</button></form>
<span class="quiet">Version ${status.version}</span>
</div>`;
}

/** What every form has. */
export function csrfField(csrf: string): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">`;
}

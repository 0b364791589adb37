/**
 * What pages do in a browser beside being there: they follow the daemon. The server says that something has changed, the page is
 * asked for once more, and the parts of it that differ take the place of the old ones. Without this script everything works too.
 */

/** The few things of a browser that are used here (https://dom.spec.whatwg.org, https://html.spec.whatwg.org). */
interface PageElement {
  readonly id: string;
  readonly innerHTML: string;
  className: string;
  textContent: string | null;
  hidden: boolean;
  scrollIntoView(options: { readonly block: 'nearest'; readonly inline: 'center' }): void;
  contains(other: PageElement | null): boolean;
  replaceWith(other: PageElement): void;
}

interface PageDocument {
  readonly hidden: boolean;
  readonly activeElement: PageElement | null;
  title: string;
  getElementById(id: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
  addEventListener(type: string, listener: () => void): void;
}

interface Source {
  readonly readyState: number;
  addEventListener(type: string, listener: (event: { readonly data: string }) => void): void;
}

declare const document: PageDocument;
declare const location: { readonly href: string };
declare const DOMParser: new () => { parseFromString(text: string, type: 'text/html'): PageDocument };
declare const EventSource: new (url: string) => Source;

/** How often relative times are brought up to date, in milliseconds. */
const freshenMs = 30_000;
/** Changes that follow each other sooner than this are shown together, in milliseconds. */
const togetherMs = 800;
/** What a source says that will not connect again by itself. */
const closed = 2;

const live = document.getElementById('live');
let isWaiting = false;

function say(text: string, isOn = false): void {
  if (live === null || live.textContent === text) return;
  live.textContent = text;
  live.className = isOn ? 'live on' : 'live';
}

/** Takes over what differs. A part in which somebody is at work, or has opened something, stays as it is. */
function takeOver(next: PageDocument): void {
  for (const part of document.querySelectorAll('[data-live]')) {
    const other = next.getElementById(part.id);
    if (other === null || other.innerHTML === part.innerHTML || part.contains(document.activeElement)) continue;
    if (isOpen(part.id)) continue;
    part.replaceWith(other);
  }
  document.title = next.title;
}

function isOpen(id: string): boolean {
  for (const _open of document.querySelectorAll(`#${id} details[open]`)) return true;
  return false;
}

async function freshen(): Promise<void> {
  if (document.hidden) return;
  // The server does not count this as somebody's being here.
  const answer = await fetch(location.href, { headers: { 'entra-ldapd-live': '1' }, redirect: 'error' });
  if (answer.status === 401) say('Your session has ended: sign in again.');
  if (answer.ok) takeOver(new DOMParser().parseFromString(await answer.text(), 'text/html'));
}

function freshenSoon(): void {
  if (isWaiting) return;
  isWaiting = true;
  setTimeout(() => {
    isWaiting = false;
    void freshen().catch(() => say('The daemon does not answer at the moment.'));
  }, togetherMs);
}

function follow(): void {
  const source = new EventSource('/events');
  let last = '';
  source.addEventListener('open', () => say('Live', true));
  source.addEventListener('error', () => {
    say(source.readyState === closed ? 'Not live: reload the page to see what is new.' : 'Connecting again …');
  });
  source.addEventListener('status', ({ data }) => {
    const { headline } = JSON.parse(data) as { readonly headline: string };
    const announcement = document.getElementById('announcement');
    if (announcement !== null && last !== '' && headline !== last) announcement.textContent = headline;
    last = headline;
    freshenSoon();
  });
  setInterval(freshenSoon, freshenMs);
  document.addEventListener('visibilitychange', freshenSoon);
}

// On a narrow screen the navigation is a strip that may be longer than the screen.
for (const here of document.querySelectorAll('#places [aria-current]')) {
  here.scrollIntoView({ block: 'nearest', inline: 'center' });
}
if (live !== null) follow();

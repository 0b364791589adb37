import assert from 'node:assert/strict';
import axe from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** How a page is looked at. */
export const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
} as const satisfies Readonly<Record<string, BrowserContextOptions>>;

/** One of {@link looks}. */
export type Look = keyof typeof looks;

/** Debian's Chromium without a window, and everything that went wrong in any of its pages. Dispose it to end it. */
export class RealBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #origin: string;
  readonly #complaints: string[] = [];

  private constructor(browser: Browser, origin: string) {
    this.#browser = browser;
    this.#origin = origin;
  }

  /** Starts it; its pages are expected to load nothing from elsewhere than `origin`. */
  static async start(origin: string): Promise<RealBrowser> {
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      // Tests may run as root in a container, where its sandbox cannot be made; only our own pages are opened.
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    });
    return new RealBrowser(browser, origin);
  }

  /** A page of a visitor of its own, without cookies. */
  async visit(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      ...looks.light,
      baseURL: this.#origin,
      // Nobody has told this browser of the authority that the tests made.
      ignoreHTTPSErrors: true,
      ...options,
    });
    context.setDefaultTimeout(20_000);
    this.#listen(context);
    return context.newPage();
  }

  /** Errors on consoles, scripts that threw, what the content security policy has stopped, and requests to elsewhere. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  /** Forgets complaints that a test has caused on purpose. */
  forgive(expected: RegExp): void {
    const others = this.#complaints.filter((each) => !expected.test(each));
    this.#complaints.splice(0, this.#complaints.length, ...others);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }

  #listen(context: BrowserContext): void {
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()))
        this.#complaints.push(`${message.location().url}: ${message.text()}`);
    });
    context.on('weberror', (error) => this.#complaints.push(`script: ${error.error().message}`));
    context.on('request', (request) => {
      if (!request.url().startsWith(`${this.#origin}/`)) this.#complaints.push(`request to ${request.url()}`);
    });
  }
}

/** Sees the page in another way, without loading it anew. */
export async function lookAt(page: Page, look: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: looks[look].colorScheme });
  await page.setViewportSize(looks[look].viewport);
}

/**
 * What axe-core finds against the page as it is seen now, by the rules of WCAG 2.2 A and AA and good practice. In the dark nothing
 * but the colours is another than in the light, so only they are looked at.
 */
export async function accessibilityProblems(page: Page, look: Look): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async (isDark) => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { axe: tester } = globalThis as unknown as { axe: { run: (options: object) => Promise<AxeResults> } };
    const { violations } = await tester.run({
      runOnly: isDark ? { type: 'rule', values: ['color-contrast'] } : { type: 'tag', values: tags },
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
    );
  }, look === 'dark');
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** Fails when the page is wider than what it is seen through. */
export async function assertNoSidewaysScrolling(page: Page): Promise<void> {
  const [wide, seen] = await page.evaluate(() => {
    const { documentElement } = (globalThis as unknown as { document: { documentElement: Record<string, number> } })
      .document;
    return [documentElement['scrollWidth'], documentElement['clientWidth']];
  });
  assert.equal(wide, seen, `${page.url()} scrolls sideways`);
}

/** Fails when something has so little room that its text stands one below the other letter by letter. */
export async function assertRoomForText(page: Page, selector: string): Promise<void> {
  const widths = await page
    .locator(selector)
    .evaluateAll((elements) => elements.map((element) => (element as unknown as { clientWidth: number }).clientWidth));
  assert.ok(
    widths.every((width) => width === 0 || width >= 100),
    `${page.url()}: ${selector} has ${Math.min(...widths)} px`,
  );
}

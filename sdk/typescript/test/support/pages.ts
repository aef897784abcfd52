// Pages with the application of test/page/app.ts, in a browser, and the server that they talk to.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { app as App } from '../page/app.js';
import type { Browser, Tab } from './browser.js';
import { Server } from './server.js';
import { startSite, type Site } from './site.js';

declare const app: typeof App; // in the page

export interface PagesOptions {
  /** How long a token of the page lives, in seconds. */
  readonly ttlS?: number;
  /** Whether connections are lost, so that the browser writes of it. */
  readonly losesConnections?: boolean;
  /** Of the server. */
  readonly settings?: readonly string[];
}

export class Pages {
  readonly server: Server;
  readonly site: Site;
  readonly #browser: Browser;
  readonly #tabs: Tab[] = [];

  private constructor(browser: Browser, server: Server, site: Site) {
    this.#browser = browser;
    this.server = server;
    this.site = site;
  }

  /** Runs a test of pages; in the end nothing may have gone wrong in one of them. */
  static async run(
    t: TestContext,
    browser: Browser,
    options: PagesOptions,
    body: (pages: Pages) => Promise<void>,
  ): Promise<void> {
    const { ttlS = 3600, losesConnections = false, settings = [] } = options;
    const site = await startSite(t, (user) => server.token(user, 'Page', ttlS));
    const origins = `http.origins=${site.origin},http://chat.test:${site.port}`;
    const server = await Server.start(t, { settings: [origins, ...settings] });
    const pages = new Pages(browser, server, site);
    try {
      await body(pages);
      for (const tab of pages.#tabs) {
        // What the page was about to report has come when this has its answer.
        await tab.run(() => new Promise((resolve) => setTimeout(resolve)));
        assert.deepEqual(tab.problems, []);
        if (!losesConnections) assert.deepEqual(tab.lostConnections, []);
      }
    } finally {
      for (const tab of pages.#tabs) await tab.close();
    }
  }

  /** A tab at this address. */
  async open(address = this.site.origin): Promise<Tab> {
    const tab = await this.#browser.open(address);
    this.#tabs.push(tab);
    return tab;
  }

  /** Begins in this tab. */
  async begin(tab: Tab, options: Parameters<typeof App.begin>[0]): Promise<void> {
    await tab.run((given) => app.begin(given), options);
  }

  /** A tab in which this user is in a room. */
  async openIn(room: string, user: string = crypto.randomUUID()): Promise<Tab> {
    const tab = await this.open();
    await this.begin(tab, { url: this.server.url, user, room });
    return tab;
  }
}

// Chromium without a window, driven through its DevTools protocol on a pipe; it ends with the pipe.
//
// What goes wrong in a page is kept: exceptions that nobody caught, and what is on the console.
// That a WebSocket failed is written there by the browser itself, and no page can keep it from
// that; those lines are kept apart.
// Limits: whatever is waited for, it is for `deadlineMs`.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { deadlineMs, soon } from './server.js';

interface Answer {
  id?: number;
  method?: string;
  sessionId?: string;
  params?: any;
  result?: any;
  error?: { message: string };
}

// Without a sandbox, as containers have no place for one: the pages are those of the tests.
const flags = [
  '--headless', '--no-sandbox', '--remote-debugging-pipe', '--no-first-run', '--disable-gpu',
  '--disable-dev-shm-usage', '--disable-extensions', '--disable-background-networking',
  '--host-resolver-rules=MAP *.test 127.0.0.1',
];

export class Browser {
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly #toBrowser: Writable;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #listeners = new Map<string, (method: string, params: any) => void>();
  #nextId = 1;
  #rest = '';

  private constructor(binary: string) {
    this.#directory = mkdtempSync(path.join(tmpdir(), 'confab-chromium-'));
    const profile = `--user-data-dir=${this.#directory}`;
    this.#process = spawn(binary, [...flags, profile, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#toBrowser = this.#process.stdio[3] as Writable;
    this.#toBrowser.on('error', () => {}); // the end of the process says the same
    const fromBrowser = this.#process.stdio[4] as Readable;
    fromBrowser.setEncoding('utf8').on('data', (text: string) => this.#received(text));
  }

  /** `CHROMIUM` names another one than Debian's. */
  static async start(): Promise<Browser> {
    const browser = new Browser(process.env.CHROMIUM ?? 'chromium');
    const ended = once(browser.#process, 'exit').then(([code]) => {
      throw new Error(`the browser ended with ${code}`);
    });
    await soon('the browser', Promise.race([ended, browser.send('Browser.getVersion')]));
    ended.catch(() => {});
    return browser;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const exited = once(this.#process, 'exit');
      void this.send('Browser.close').catch(() => {});
      await soon('the end of the browser', exited);
    }
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 10 });
  }

  /** A tab with cookies and storage of its own, at this address. */
  async open(address: string): Promise<Tab> {
    const { browserContextId } = await this.send('Target.createBrowserContext');
    const target = { url: 'about:blank', browserContextId };
    const { targetId } = await this.send('Target.createTarget', target);
    const attaching = { targetId, flatten: true };
    const { sessionId } = await this.send('Target.attachToTarget', attaching);
    const tab = new Tab((method, params) => this.send(method, params, sessionId), () =>
      this.send('Target.disposeBrowserContext', { browserContextId }));
    this.#listeners.set(sessionId, (method, params) => tab.heard(method, params));
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await tab.send(`${domain}.enable`);
    await tab.goTo(address);
    return tab;
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<any> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${method}: ${error.message}`));
      });
      const session = sessionId === undefined ? {} : { sessionId };
      this.#toBrowser.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }

  #received(text: string): void {
    const parts = (this.#rest + text).split('\0');
    this.#rest = parts.pop()!;
    for (const part of parts) {
      const answer: Answer = JSON.parse(part);
      if (answer.id === undefined) {
        this.#listeners.get(answer.sessionId ?? '')?.(answer.method!, answer.params);
      } else {
        this.#waiting.get(answer.id)?.(answer);
        this.#waiting.delete(answer.id);
      }
    }
  }
}

export class Tab {
  /** What a page must not cause. */
  readonly problems: string[] = [];
  /** What the browser writes of connections that could not be opened, or were lost. */
  readonly lostConnections: string[] = [];
  readonly send: (method: string, params?: object) => Promise<any>;
  readonly close: () => Promise<void>;
  #loads = 0;

  constructor(send: Tab['send'], close: Tab['close']) {
    this.send = send;
    this.close = close;
  }

  /** Opens this address; resolves when the page and its modules are loaded. */
  async goTo(url: string): Promise<void> {
    const before = this.#loads;
    const { errorText } = await this.send('Page.navigate', { url });
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
    await this.#loaded(before);
  }

  async reload(): Promise<void> {
    const before = this.#loads;
    await this.send('Page.reload');
    await this.#loaded(before);
  }

  /**
   * Runs a function in the page and hands back what it returns, or resolves to. It sees what the
   * page has in its global object, and of the test only its arguments, which are copied as JSON.
   */
  async run<A extends unknown[], T>(code: (...args: A) => T, ...args: A): Promise<Awaited<T>> {
    const list = args.map((each) => JSON.stringify(each) ?? 'undefined').join();
    const { result, exceptionDetails } = await soon(`${code}`, this.send('Runtime.evaluate', {
      expression: `(${code})(${list})`,
      awaitPromise: true,
      returnByValue: true,
    }));
    if (exceptionDetails !== undefined) throw new Error(described(exceptionDetails));
    return result.value;
  }

  /** Asks the page again and again until the condition holds; its value. */
  async until<A extends unknown[], T>(
    what: string,
    condition: (...args: A) => T,
    ...args: A
  ): Promise<NonNullable<Awaited<T>>> {
    const end = Date.now() + deadlineMs;
    for (;;) {
      const value = await this.run(condition, ...args);
      if (value) return value;
      if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Without a network, or with one again. */
  async offline(offline: boolean): Promise<void> {
    const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await this.send('Network.emulateNetworkConditions', { offline, ...unlimited });
  }

  heard(method: string, params: any): void {
    if (method === 'Page.loadEventFired') this.#loads++;
    if (method === 'Runtime.exceptionThrown') {
      this.problems.push(described(params.exceptionDetails));
    }
    if (method === 'Runtime.consoleAPICalled') {
      const words = params.args.map((each: any) => each.value ?? each.description);
      this.problems.push(`console.${params.type}: ${words.join(' ')}`);
    }
    if (method !== 'Log.entryAdded') return;
    const { level, text } = params.entry;
    if (text.startsWith('WebSocket connection to ')) this.lostConnections.push(text);
    else if (level !== 'verbose' && level !== 'info') this.problems.push(`${level}: ${text}`);
  }

  async #loaded(before: number): Promise<void> {
    const end = Date.now() + deadlineMs;
    while (this.#loads === before) {
      if (Date.now() > end) throw new Error('waited in vain for: the page');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function described({ text, exception }: any): string {
  return `${text} ${exception?.description ?? JSON.stringify(exception?.value)}`;
}

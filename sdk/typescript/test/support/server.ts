// The real server as a process, tokens for it, and waiting for conditions with a deadline.
import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { Client, type ClientOptions } from '../../src/index.js';

// From build/test/support.
export const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
export const repository = path.join(packageRoot, '../..');
const binary = path.resolve(
  packageRoot,
  process.env.CONFAB_BIN ?? path.join(repository, 'build/release/confab'),
);
export const deadlineMs = 20_000 * Number(process.env.CONFAB_TEST_SLOW ?? 1);

// For tests in which one address does what in life many do.
const lifted = [
  'connections_per_address', 'connections_per_user', 'connects_per_second', 'connects_burst',
  'address_connects_per_second', 'address_connects_burst', 'messages_per_second',
  'messages_burst', 'user_messages_per_second', 'user_messages_burst', 'user_reads_per_second',
  'user_reads_burst', 'address_messages_per_second', 'address_messages_burst',
  'pings_per_second', 'pings_burst',
].map((key) => `limits.${key}=1000000`);

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('CONFAB_')),
);

/** For a server that soon finds a reader too slow, and bears with one that reads nothing. */
export const smallFeed = ['feed.room_bytes_max=524288', 'ws.outbox_stall_timeout_ms=120000'];

export interface ServerOptions {
  readonly memory?: boolean;
  readonly settings?: readonly string[];
}

export class Server {
  port = 0;
  readonly #directory: string;
  readonly #options: ServerOptions;
  #process: ChildProcess | null = null;
  #output = '';
  readonly #clients: Client[] = [];
  // Given, so that it lives longer than the process also with --store memory.
  readonly #environment = { ...environment, CONFAB_AUTH_SECRET: randomBytes(32).toString('hex') };

  private constructor(options: ServerOptions) {
    this.#options = options;
    this.#directory = mkdtempSync(path.join(tmpdir(), 'confab-sdk-'));
  }

  /** A server that ends with the test. */
  static async start(t: TestContext, options: ServerOptions = {}): Promise<Server> {
    const server = new Server(options);
    t.after(async () => {
      for (const client of server.#clients) client.close();
      await server.kill();
      rmSync(server.#directory, { recursive: true, force: true });
    });
    await server.start();
    return server;
  }

  /** Again on the same port and data directory, if it was killed. */
  async start(): Promise<void> {
    const settings = [...lifted, ...(this.#options.settings ?? [])].flatMap((s) => ['--set', s]);
    const store = this.#options.memory ? ['--store', 'memory'] : [];
    this.#output = '';
    this.#process = spawn(
      binary,
      ['serve', '--port', `${this.port}`, '--data-dir', this.#data, ...store, ...settings],
      { env: this.#environment, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const read = (text: Buffer) => void (this.#output += text.toString());
    this.#process.stdout!.on('data', read);
    this.#process.stderr!.on('data', read);
    const process = this.#process;
    const port = await until('the server to listen', () => {
      if (process.exitCode !== null) throw new Error(`the server ended:\n${this.#output}`);
      return /http:\/\/127\.0\.0\.1:(\d+)/.exec(this.#output)?.[1];
    });
    this.port = Number(port);
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const process = this.#process;
    if (process === null || process.exitCode !== null || process.signalCode !== null) return;
    const exited = once(process, 'exit');
    process.kill(signal);
    await exited;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  /** The value of one of the server's metrics. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)![1]);
  }

  /** A token for this user, valid for so many seconds; `flags` such as --moderator. */
  token(userId: string, name: string, ttlS = 3600, flags: readonly string[] = []): string {
    const text = execFileSync(
      binary,
      ['token', 'mint', '--user-id', userId, '--name', name, '--ttl', `${ttlS}`,
        '--data-dir', this.#data, ...flags],
      { env: this.#environment, encoding: 'utf8' },
    );
    return text.trim();
  }

  /** A client that ends with the test. */
  client(options: Partial<ClientOptions> = {}): Client {
    const userId = crypto.randomUUID();
    const client = new Client({
      url: this.url,
      getToken: () => this.token(userId, 'Alice'),
      webSocket: WebSocket,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  get #data(): string {
    return path.join(this.#directory, 'data');
  }
}

/** Asks again and again until the condition holds; its value. */
export async function until<T>(what: string, condition: () => T | undefined | false): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The promise's value, or an error when it takes too long. */
export function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited in vain for: ${what}`)), deadlineMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

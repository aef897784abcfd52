// A site of an origin of its own, as an application has one: a page that loads the library from
// `dist`, as ES modules, and a place where the page gets its token.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { packageRoot } from './server.js';

const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">';
const pages: Record<string, string> = {
  '/': `${head}
<script type="importmap">{"imports":{"@confab/client":"/client/index.js"}}</script>
<script type="module" src="/page/app.js"></script>`,
  '/elsewhere': head,
};

const directories: Record<string, string> = { client: 'dist', page: 'build/test/page' };

export interface Site {
  readonly port: number;
  readonly origin: string;
}

/** `token` makes the token of this user. */
export async function startSite(t: TestContext, token: (user: string) => string): Promise<Site> {
  const server = createServer((request, response) => answer(request, response, token));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, origin: `http://127.0.0.1:${port}` };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: (user: string) => string,
): void {
  const { pathname, searchParams } = new URL(request.url!, 'http://site');
  const [, place, file] = /^\/(client|page)\/([a-z_]+\.js)$/.exec(pathname) ?? [];
  if (pathname === '/token') {
    response.end(token(searchParams.get('user')!));
  } else if (file !== undefined) {
    response.setHeader('Content-Type', 'text/javascript');
    response.end(readFileSync(path.join(packageRoot, directories[place!]!, file)));
  } else if (Object.hasOwn(pages, pathname)) {
    response.setHeader('Content-Type', 'text/html');
    response.end(pages[pathname]);
  } else {
    response.statusCode = 404;
    response.end();
  }
}

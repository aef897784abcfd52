// The client on the platform's WebSocket class, which is that of browsers.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot, Server, soon } from './support/server.js';

test('without the option webSocket the global class is used, and the program ends', async (t) => {
  const server = await Server.start(t);
  const script = path.join(packageRoot, 'build/test/support/global_socket.js');
  const env = { ...process.env, URL: server.url, TOKEN: server.token(crypto.randomUUID(), 'Zoë') };
  const flags = ['--no-warnings', '--experimental-websocket'];
  const child = spawn(process.execPath, [...flags, script], { env });
  t.after(() => child.kill());
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  const [code] = await soon('the end of the program', once(child, 'close'));
  assert.equal(output, 'Zoë: hello\nunknown_method\ntoken\ntrue\nclosed\n');
  assert.equal(code, 0);
});

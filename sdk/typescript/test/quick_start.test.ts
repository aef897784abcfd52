// The README's quick start runs as it is printed, but for the address of the server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packageRoot, Server, until } from './support/server.js';

test('the quick start of the README runs', async (t) => {
  const readme = readFileSync(path.join(packageRoot, 'README.md'), 'utf8');
  const code = /```js\n(.*?)```/s.exec(readme)![1]!;
  const main = readFileSync(path.join(packageRoot, '../../README.md'), 'utf8');
  const registration = /\/auth\/register \\\n.*?-d '(\{.*?\})'/s.exec(main)![1]!;
  const server = await Server.start(t);
  const address = `http://127.0.0.1:${server.port}`;
  const answer = await fetch(`${address}/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: registration,
  });
  assert.equal(answer.status, 201);

  const file = path.join(packageRoot, 'build/quick_start.mjs');
  assert.ok(code.includes('http://127.0.0.1:8080'));
  writeFileSync(file, code.replace('http://127.0.0.1:8080', address));
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill());
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));
  await until('its own message', () => {
    assert.equal(child.exitCode, null, output);
    return output !== '';
  });
  assert.equal(output, 'Test User: hello\n');
});

// A connection that reads too slowly, with the real server: it is told, and misses nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import WebSocket from 'ws';
import { Server, smallFeed, soon, until } from './support/server.js';

const long = '😀'.repeat(4000);

test('who reads too slowly gets everything once and in order, and goes on', async (t) => {
  const server = await Server.start(t, { settings: smallFeed });
  const sockets: WebSocket[] = [];
  let lags = 0;
  class Watched extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols);
      sockets.push(this);
    }

    override emit(name: string | symbol, ...args: any[]): boolean {
      if (name === 'message' && String(args[0]).startsWith('{"lag":')) lags++;
      return super.emit(name, ...args);
    }
  }
  const [slow, busy] = [server.client({ webSocket: Watched, roomBufferMax: 10 }), server.client()];
  await Promise.all([slow.connect(), busy.connect()]);
  const [atSlow, atBusy] = [await slow.join('general'), await busy.join('general')];
  const seqs: number[] = [];
  atSlow.on('event', ({ seq }) => seqs.push(seq));
  atSlow.on('gap', ({ from }) => seqs.push(-from));
  const people = new Promise((resolve) => atSlow.on('presence', resolve));
  await soon('presence', people);

  let head = 0;
  for (let rounds = 1; rounds <= 2; rounds++) {
    sockets[0]!.pause();
    while ((await server.metric('confab_lags_total')) < rounds) {
      assert.ok(head < 5000, 'nobody was too slow');
      const said = Array.from({ length: 50 }, () => atBusy.publish(long));
      head = (await Promise.all(said)).at(-1)!.seq;
    }
    sockets[0]!.resume();
    const live = Array.from({ length: 50 }, (_, i) => atBusy.publish(`live ${i}`));
    head = (await Promise.all(live)).at(-1)!.seq;
    await until('everything', () => seqs.length >= head);
  }
  assert.deepEqual(seqs, Array.from({ length: head }, (_, i) => i + 1));
  assert.ok(lags >= 2, `${lags}`);
  assert.equal(sockets.length, 1, 'on one connection');
  assert.equal((await atSlow.publish('still here')).seq, head + 1);
});

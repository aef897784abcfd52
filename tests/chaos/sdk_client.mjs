// One client of a chaos run that stands on the SDK. It is told what to do, and tells what it says
// and hears, in lines of JSON; sdk_client.py is at the other end.
//
// It publishes under cids of its own, listens with `for await`, and now and then is a page that is
// loaded again: the client is closed, and a new one goes on from the positions that were kept and
// with what was not acknowledged.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Client } from '../../sdk/typescript/dist/index.js';

const require = createRequire(new URL('../../sdk/typescript/package.json', import.meta.url));
const WebSocket = require('ws');

const TOGETHER = 4; // publishes that wait for their reply
const { url, name, rooms, seed, replyTimeoutMs } = JSON.parse(process.argv[2]);

const tell = (type, said) => process.stdout.write(`${JSON.stringify({ type, ...said })}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The same numbers for the same seed (a linear congruential generator, as in POSIX drand48).
let state = BigInt(seed);
function random() {
  state = (state * 0x5deece66dn + 11n) & 0xffffffffffffn;
  return Number(state) / 2 ** 48;
}
const pick = (from) => from[Math.floor(random() * from.length)];
function newCid() {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`,
    hex.slice(20)].join('-');
}

let askedForToken = null;
const getToken = (reason) => new Promise((resolve) => {
  askedForToken = resolve;
  tell('token', { reason });
});

let client = null;
let joined = new Map(); // by name
const positions = new Map();
const open = new Map(); // op: what was published and is not answered
const said = new Map(rooms.map((room) => [room, []])); // the seqs that were acknowledged
let stopping = false;
let ending = false;

async function come(first) {
  client = new Client({ url, getToken, webSocket: WebSocket, replyTimeoutMs });
  await client.connect();
  joined = new Map();
  for (const name of rooms) {
    const position = positions.get(name);
    const room = await client.join(name, position ? { position } : {});
    joined.set(name, room);
    positions.set(name, room.position);
    if (first) tell('joined', { room: name, after: room.position.seq });
    void listen(room);
  }
  for (const op of open.keys()) send(op);
}

async function listen(room) {
  try {
    for await (const item of room) {
      tell(item.kind === 'gap' || item.kind === 'reset' ? item.kind : 'event', { item });
      positions.set(room.name, room.position);
    }
  } catch (error) {
    tell('failed', { what: `${room.name}: ${error.code} ${error.message}` });
  }
}

function send(op) {
  const { room, body, cid, replyTo } = open.get(op);
  joined.get(room).publish(body, { cid, replyTo }).then((reply) => {
    open.delete(op);
    said.get(room).push(reply.seq);
    tell('ok', { op, seq: reply.seq, dup: reply.dup, ts: reply.ts });
    if (stopping && open.size === 0) tell('idle_now', {});
  }, (error) => {
    if (error.code === 'closed' && !ending) return; // the next client sends it again
    tell('failed', { what: `${op}: ${error.code} ${error.message}` });
  });
}

async function talk() {
  let number = 0;
  for (; !stopping; await pause(random() * 30)) {
    if (random() < 0.01) {
      client.close();
      await pause(random() * 300);
      await come(false);
    }
    if (open.size >= TOGETHER) continue;
    number += 1;
    const [op, room] = [`${name}-${number}`, pick(rooms)];
    const replyTo = random() < 0.2 ? pick(said.get(room)) : undefined;
    open.set(op, { room, body: `${name} ${number} ${'z'.repeat(random() * 300)}`, replyTo,
      cid: newCid() });
    tell('invoke', { op, ...open.get(op) });
    send(op);
  }
  if (open.size === 0) tell('idle_now', {});
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const told = JSON.parse(line);
  if (told.token) askedForToken(told.token);
  if (told.stop) stopping = true;
  if (told.end) {
    ending = true;
    client.close();
    process.stdin.destroy();
  }
});

await come(true);
await talk();

// A client on sockets that the test plays, and what it told.
import { Client, type ClientOptions, type State } from '../../src/index.js';
import { FakeSocket, ManualClock, settled } from './manual.js';

export async function setUp(options: Partial<ClientOptions> = {}) {
  FakeSocket.opened = [];
  const clock = new ManualClock();
  const reasons: string[] = [];
  const client = new Client({
    url: 'ws://chat.example/ws',
    getToken: (reason) => `token ${reasons.push(reason)}`,
    webSocket: FakeSocket,
    clock,
    random: () => 0.5,
    ...options,
  });
  const states: State[] = [];
  for (const name of ['connecting', 'online', 'waiting', 'closed'] as const) {
    client.on(name, (state) => states.push(state));
  }
  const connected = client.connect();
  connected.catch(() => {});
  await settled();
  const told = () => states.map((state) => (state.state === 'waiting' ? state.ms : state.state));
  return { clock, client, reasons, states, told, connected };
}

// A TCP relay before the server, whose connections can fall silent: nothing comes through any more,
// and nobody is told. So it is when a computer was asleep, or is in another network.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export class Relay {
  readonly port: number;
  readonly #sockets: Set<Socket>;

  private constructor(port: number, sockets: Set<Socket>) {
    this.port = port;
    this.#sockets = sockets;
  }

  static async start(t: TestContext, target: number): Promise<Relay> {
    const sockets = new Set<Socket>();
    const server = createServer((incoming) => {
      const outgoing = connect(target, '127.0.0.1');
      for (const [socket, other] of [[incoming, outgoing], [outgoing, incoming]] as const) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => void (sockets.delete(socket), other.destroy()));
        socket.pipe(other);
      }
    });
    t.after(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay((server.address() as AddressInfo).port, sockets);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/ws`;
  }

  /** The connections that there are are dead from now on; new ones live. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }
}

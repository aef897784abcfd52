// The part of the WebSocket interface that the library uses: browsers have it, the package `ws`
// and Node from 22 on as well.

export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown } & never) => void) | null;
  onclose: ((event: { code: number; reason: string } & never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface SocketClass {
  new (url: string, protocols: string): Socket;
}

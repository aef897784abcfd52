// The part of the WebSocket interface that the library uses: browsers have it, the package `ws`
// and Node from 22 on as well. Each types its events in a way of its own, hence the `any`.

export interface Socket {
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export interface SocketClass {
  new (url: string, protocols: string): Socket;
}

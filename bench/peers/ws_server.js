// Node `ws`: a text of one client goes to all clients of its room, its own included.
// Usage: node ws_server.js [--deflate]     with NODE_PATH; prints its port.
'use strict';
const { WebSocketServer } = require('ws');

const rooms = new Map();
const perMessageDeflate = process.argv.includes('--deflate') ? { threshold: 0 } : false;
const server = new WebSocketServer({
  host: '127.0.0.1', port: 0, backlog: 4096, perMessageDeflate,
});

server.on('connection', (socket, request) => {
  const name = new URL(request.url, 'http://localhost').searchParams.get('room');
  if (!rooms.has(name)) rooms.set(name, new Set());
  const room = rooms.get(name);
  room.add(socket);
  socket.on('message', (data) => {
    for (const member of room) member.send(data, { binary: false });
  });
  socket.on('close', () => room.delete(socket));
  socket.on('error', () => socket.terminate());
});
server.on('listening', () => {
  console.log(`ws is ready at http://127.0.0.1:${server.address().port}`);
});

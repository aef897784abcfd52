// Socket.IO: an event of one client goes to all clients of its room, its own included.
// Usage: node socketio_server.js     with NODE_PATH; prints its port.
'use strict';
const http = require('http');
const { Server } = require('socket.io');

const server = http.createServer();
const io = new Server(server, { transports: ['websocket'] });

io.on('connection', (socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on('message', (text) => io.to(room).emit('message', text));
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  console.log(`Socket.IO is ready at http://127.0.0.1:${server.address().port}`);
});

// Tells how a handshake ends, with Node's `ws`: prints "open" or the HTTP status of the refusal.
// Usage: node probe.js <url> [<bearer token>]
'use strict';
const WebSocket = require('ws');

const [url, token] = process.argv.slice(2);
const headers = token ? { Authorization: `Bearer ${token}` } : {};
const socket = new WebSocket(url, { headers });

socket.on('open', () => {
  console.log('open');
  socket.close();
});
socket.on('unexpected-response', (request, response) => {
  console.log(response.statusCode);
  request.destroy();
});
socket.on('error', () => {});

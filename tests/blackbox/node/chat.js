// Connects to a chat with Node's `ws`, says one line, prints every frame until its own comes back.
// Usage: node chat.js <url> <line>. Ends with 0 after a clean close, with 1 otherwise.
'use strict';
const WebSocket = require('ws');

const [url, line] = process.argv.slice(2);
const socket = new WebSocket(url);

socket.on('open', () => socket.send(line));
socket.on('message', (data) => {
  const frame = data.toString();
  console.log(frame);
  if (!frame.startsWith('system:') && JSON.parse(frame).message === line) socket.close(1000, 'bye');
});
socket.on('close', (code) => process.exit(code === 1000 ? 0 : 1));
socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});

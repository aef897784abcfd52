// A program that chats with the platform's own WebSocket class, as in a browser.
import { Client } from '../../src/index.js';

const client = new Client({ url: process.env.URL!, getToken: () => process.env.TOKEN! });
const hello = await client.connect();
const room = await client.join('general');
await room.publish('hello');
for await (const item of room) {
  if (item.kind === 'message') console.log(`${item.user.name}: ${item.body}`);
  break;
}
client.on('closed', () => console.log('closed'));
// Errors leave the connection as it is.
const unknown = client.call('dance' as never, {} as never).catch((error) => error.code);
console.log(await unknown);
await client.call('refresh', {} as never).catch((error) => console.log(error.field));
console.log(client.state.state === 'online' && client.state.hello === hello);
client.close();

// The library in a real browser: `dist`, as ES modules, in a page of another origin than that of
// the real server. Here what a page does with rooms; browser_network.test.ts has what may happen to
// it meanwhile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ChatEvent } from '../src/index.js';
import type { app as App } from './page/app.js';
import { Browser } from './support/browser.js';
import { Pages } from './support/pages.js';
import { soon, until } from './support/server.js';

declare const app: typeof App; // in the page

let browser: Browser;
before(async () => void (browser = await Browser.start()));
after(() => browser?.stop());

test('a page says something, hears, changes it and reads back', (t) =>
  Pages.run(t, browser, {}, async (pages) => {
    const tab = await pages.openIn('general');
    const bob = pages.server.client();
    await bob.connect();
    const his = await bob.join('general');
    const heard: ChatEvent[] = [];
    his.on('event', (event) => heard.push(event));

    const first = await tab.run(() => app.room.publish('hello 😀'));
    assert.deepEqual({ seq: first.seq, dup: first.dup }, { seq: 1, dup: false });
    await his.publish('hi', { replyTo: first.seq });
    await tab.until('the answer', () => app.heard.length === 2);
    await tab.run(async () => {
      await app.room.edit(1, 'hello all');
      await app.room.react(2, '👍');
      await app.room.delete(1);
    });
    await until('all at bob', () => heard.length === 5);
    await tab.until('all in the page', () => app.heard.length === 5);
    const inPage = await tab.run(() => app.heard);
    assert.deepEqual(inPage, heard);
    assert.deepEqual(inPage.map((event) => event.seq), [1, 2, 3, 4, 5]);
    const kinds = ['message', 'message', 'edit', 'reaction', 'delete'];
    assert.deepEqual(inPage.map((event) => event.kind), kinds);

    const back = await tab.run(async () => {
      const seqs = [];
      for await (const event of app.room.walkBack()) seqs.push(event.seq);
      return seqs;
    });
    assert.deepEqual(back, [5, 4, 3, 2, 1]);
    const { count, users } = await tab.run(() => app.room.presence());
    assert.deepEqual([count, users.length], [2, 2]);
    const typed = new Promise((resolve) => his.on('typing', resolve));
    await tab.run(() => app.room.typing());
    await soon('typing', typed);
    assert.deepEqual(await tab.run(() => app.states), ['connecting', 'online']);
  }));

test('two pages in a private room: one lets the other in, and puts him out again', (t) =>
  Pages.run(t, browser, {}, async (pages) => {
    const guestId = crypto.randomUUID();
    const [owner, guest] = [await pages.open(), await pages.open()];
    const { url } = pages.server;
    await pages.begin(owner, { url, user: crypto.randomUUID() });
    await pages.begin(guest, { url, user: guestId });
    const name = await owner.run(async () => {
      const { room } = await app.client.createRoom({ title: 'Plans' });
      await app.enter(room);
      return room;
    });
    const refused = await guest.run(
      (room) => app.enter(room).catch((error) => error.code), name);
    assert.equal(refused, 'no_such_room');

    await guest.run((room) => {
      app.client.on('added', (added) => {
        if (added.room === room) void app.enter(room).then(() => app.say('thank you'));
      });
    }, name);
    await owner.run((user) => app.room.setRole(user, 'member'), guestId);
    await owner.until('the guest', () => app.heard.some((event) => event.kind === 'message'));
    await owner.run((user) => app.room.kick(user, { reason: 'enough' }), guestId);
    await guest.until('the end', () => app.others.length > 0);
    assert.deepEqual(await guest.run(() => app.others), ['closed removed']);
    assert.equal(await guest.run(() => app.client.state.state), 'online');
    const kinds = await owner.run(() => app.heard.map((event) => event.kind));
    assert.deepEqual(kinds, ['member', 'message', 'moderation']);
  }));

test('the token of a page is renewed on the open connection', (t) =>
  Pages.run(t, browser, { ttlS: 3 }, async (pages) => {
    const tab = await pages.openIn('general');
    await tab.until('two renewals', () => app.reasons.length >= 3);
    const reasons = await tab.run(() => app.reasons.slice(0, 3));
    assert.deepEqual(reasons, ['connect', 'refresh', 'refresh']);
    assert.equal((await tab.run(() => app.room.publish('still here'))).seq, 1);
    assert.deepEqual(await tab.run(() => app.states), ['connecting', 'online']);
  }));

test('a page that is no secure context, as one of http:// in a local network, chats as well', (t) =>
  Pages.run(t, browser, {}, async (pages) => {
    const tab = await pages.open(`http://chat.test:${pages.site.port}`);
    assert.equal(await tab.run(() => isSecureContext), false);
    const user = crypto.randomUUID();
    await pages.begin(tab, { url: pages.server.url, user, room: 'general' });
    const body = await tab.run(async () => {
      const next = app.room[Symbol.asyncIterator]().next();
      await app.room.publish('hello');
      const { value } = await next;
      return value?.kind === 'message' && value.body;
    });
    assert.equal(body, 'hello');
  }));

test('a page of an origin that is not allowed does not get in', (t) =>
  Pages.run(t, browser, { losesConnections: true }, async (pages) => {
    const tab = await pages.open(`http://other.test:${pages.site.port}`);
    await tab.run((url, user) => {
      app.begin({ url, user }).catch((error) => app.errors.push(error.code));
    }, pages.server.url, 'u-1');
    await tab.until('two attempts', () => app.states.filter((s) => s === 'waiting').length > 1);
    assert.ok(!(await tab.run(() => app.states)).includes('online'));
    assert.match(tab.lostConnections[0]!, /403/);
    await tab.run(() => app.client.close());
    assert.deepEqual(await tab.run(() => app.errors), ['closed']);
  }));

test('two pages know of each other, until one of them goes elsewhere', (t) =>
  Pages.run(t, browser, {}, async (pages) => {
    const hers = await pages.openIn('general');
    await hers.run(() => void app.room.on('presence', () => {}));
    await hers.until('herself', () => app.room.people?.count === 1);
    const his = await pages.openIn('general');
    await hers.until('both', () => app.room.people?.count === 2);
    assert.equal((await hers.run(() => app.room.people!.users)).length, 2);
    await his.goTo(`${pages.site.origin}/elsewhere`);
    await hers.until('one', () => app.room.people?.count === 1);
    assert.equal((await hers.run(() => app.room.people!.users)).length, 1);
  }));

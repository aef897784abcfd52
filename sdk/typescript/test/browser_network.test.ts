// What happens to a page in a real browser: the server or the network goes away, the page is loaded
// again, kept for the way back, or frozen. Each event comes once, and each publish is stored once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Room } from '../src/index.js';
import type { app as App } from './page/app.js';
import { Browser, type Tab } from './support/browser.js';
import { Pages } from './support/pages.js';
import { Relay } from './support/relay.js';
import { smallFeed, soon, until } from './support/server.js';

declare const app: typeof App; // in the page

let browser: Browser;
before(async () => void (browser = await Browser.start()));
after(() => browser?.stop());

const losesConnections = true;
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

async function bobIn(pages: Pages): Promise<Room> {
  const bob = pages.server.client();
  await bob.connect();
  return bob.join('general');
}

/** The tab has heard the events 1 to `last`, each once and in order, and nothing else. */
async function hasHeard(tab: Tab, last: number): Promise<void> {
  await tab.until(`${last} events`, (count) => app.kept.seqs.length >= count, last);
  assert.deepEqual(await tab.run(() => app.kept.seqs), upTo(last));
  assert.deepEqual(await tab.run(() => app.others), []);
}

test('the server is killed while a page publishes: each is stored once, and heard once', (t) =>
  Pages.run(t, browser, { losesConnections }, async (pages) => {
    const tab = await pages.openIn('general');
    for (const target of [10, 25]) {
      await tab.run(() => {
        for (let i = 0; i < 20; i++) app.say(`${i}`);
      });
      await tab.until('some replies', (count) => app.replies.length >= count, target);
      await pages.server.kill();
      await pages.server.start();
    }
    await tab.until('all replies', () => app.replies.length + app.errors.length === 40);
    assert.deepEqual(await tab.run(() => app.errors), []);
    assert.deepEqual(await tab.run(() => app.replies.map((reply) => reply.seq)), upTo(40));
    await hasHeard(tab, 40);
    const bodies = await tab.run(() =>
      app.heard.map((event) => (event.kind === 'message' ? event.body : '')));
    assert.deepEqual(bodies, [...upTo(20), ...upTo(20)].map((i) => `${i - 1}`), 'in their order');
  }));

test('without a network for a while: what was said on both sides comes, once', (t) =>
  Pages.run(t, browser, { losesConnections }, async (pages) => {
    const his = await bobIn(pages);
    const tab = await pages.openIn('general');
    await his.publish('before');
    await hasHeard(tab, 1);
    await tab.offline(true);
    assert.equal(await tab.run(() => navigator.onLine), false);
    await tab.run(() => app.say('from the page'));
    for (const body of ['1', '2', '3']) await his.publish(body);
    await tab.offline(false);
    await tab.until('the reply', () => app.replies.length === 1);
    await hasHeard(tab, 5);
  }));

test('a page comes back as soon as there is a network again, however long it meant to wait', (t) =>
  Pages.run(t, browser, { losesConnections }, async (pages) => {
    const tab = await pages.open();
    const { url } = pages.server;
    const options = { url, user: crypto.randomUUID(), room: 'general', isStuck: true };
    await pages.begin(tab, options);
    await tab.offline(true);
    await pages.server.kill();
    await tab.until('a wait without an end', () => {
      const { state } = app.client;
      return state.state === 'waiting' && state.ms > 500;
    });
    await pages.server.start();
    assert.equal(await tab.run(() => app.client.state.state), 'waiting');
    await tab.offline(false);
    await tab.until('online', () => app.client.state.state === 'online');
  }));

test('a connection that died while the network was away is given up when it is back', (t) =>
  Pages.run(t, browser, { losesConnections }, async (pages) => {
    const his = await bobIn(pages);
    const relay = await Relay.start(t, pages.server.port);
    const tab = await pages.open();
    await pages.begin(tab, { url: relay.url, user: crypto.randomUUID(), room: 'general' });
    relay.silence();
    await his.publish('not heard');
    await tab.offline(true);
    await tab.offline(false);
    await hasHeard(tab, 1);
  }));

test('a page that is loaded again goes on where it was', (t) =>
  Pages.run(t, browser, {}, async (pages) => {
    const his = await bobIn(pages);
    const user = crypto.randomUUID();
    const tab = await pages.openIn('general', user);
    for (const body of ['1', '2', '3']) await his.publish(body);
    await hasHeard(tab, 3);
    const cid = crypto.randomUUID();
    await tab.run((own) => app.say('from the page', own), cid);
    await tab.reload();
    for (const body of ['4', '5']) await his.publish(body);
    await pages.begin(tab, { url: pages.server.url, user, room: 'general' });
    await tab.run((own) => app.say('from the page', own), cid);
    await tab.until('the reply', () => app.replies.length === 1);
    await hasHeard(tab, 6);
    const { events } = await his.history();
    const said = events.flatMap((event) => (event.kind === 'message' ? event.body : []));
    assert.equal(said.filter((body) => body === 'from the page').length, 1);
  }));

test('a page that is kept for the way back is away, and goes on when it is shown again', (t) =>
  Pages.run(t, browser, {}, async (pages) => {
    const his = await bobIn(pages);
    his.on('presence', () => {});
    const tab = await pages.openIn('general');
    await tab.run(() => addEventListener('pageshow', ({ persisted }) => {
      if (persisted) app.errors.push('kept');
    }));
    await his.publish('1');
    await hasHeard(tab, 1);
    await until('the page', () => his.people?.count === 2);
    await tab.goTo(`${pages.site.origin}/elsewhere`);
    await until('the page to be away', () => his.people?.count === 1);
    for (const body of ['2', '3']) await his.publish(body);
    await tab.run(() => history.back());
    await tab.until('the page', () => typeof app === 'object' && app.errors.includes('kept'));
    await hasHeard(tab, 3);
    assert.equal((await soon('a reply', tab.run(() => app.room.publish('4')))).seq, 4);
  }));

test('a frozen page goes on when it is thawed, with another life of the server', (t) =>
  Pages.run(t, browser, { losesConnections }, async (pages) => {
    const his = await bobIn(pages);
    const tab = await pages.openIn('general');
    await his.publish('1');
    await hasHeard(tab, 1);
    await tab.run(() => document.addEventListener('freeze', () => app.errors.push('frozen')));
    await tab.send('Page.setWebLifecycleState', { state: 'frozen' });
    await his.publish('2');
    await pages.server.kill();
    await pages.server.start();
    await his.publish('3');
    await tab.send('Page.setWebLifecycleState', { state: 'active' });
    await hasHeard(tab, 3);
    assert.deepEqual(await tab.run(() => app.errors), ['frozen']);
  }));

test('a page that is held up, by a dialog, gets all that was said meanwhile', (t) =>
  Pages.run(t, browser, { settings: smallFeed }, async (pages) => {
    const his = await bobIn(pages);
    const tab = await pages.openIn('general');
    await tab.run(() => void setTimeout(() => alert('for long')));
    let head = 0;
    while ((await pages.server.metric('confab_lags_total')) === 0) {
      assert.ok(head < 5000, 'the page was not too slow');
      const said = Array.from({ length: 50 }, () => his.publish('😀'.repeat(4000)));
      head = (await Promise.all(said)).at(-1)!.seq;
    }
    await tab.send('Page.handleJavaScriptDialog', { accept: true });
    for (const body of ['1', '2', '3']) head = (await his.publish(body)).seq;
    await hasHeard(tab, head);
    assert.deepEqual(await tab.run(() => app.states), ['connecting', 'online']);
  }));

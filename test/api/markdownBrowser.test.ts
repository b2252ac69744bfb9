import MarkdownIt from 'markdown-it';
import pLimit from 'p-limit';
import type { Browser, Page } from 'playwright-core';
import type { ExecutionContext } from 'ava';
import { buildPlace, startApi } from '../helpers/api.js';
import { startBrowser } from '../helpers/browser.js';
import { HOSTILE, type Hostile } from '../fixtures/markdown.js';
import { pollUntil } from '../helpers/poll.js';
import { testWith } from '../helpers/programs.js';
import { startRecorder, type Recorder } from '../helpers/recorder.js';

const testInBrowser = testWith('chromium');

/** Nobody may come here: it leads to the recorder. */
const HOST = 'fetched.example';
/** Pages that are open at once. */
const READERS = 4;

/** All that a rendered text may consist of. */
const ELEMENTS = [
  ...['html', 'head', 'meta', 'style', 'title', 'body', 'main', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'a', 'em', 'strong', 's', 'code', 'pre'],
  ...['ul', 'ol', 'li', 'blockquote', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'hr', 'br'],
];
const ATTRIBUTES = ['lang', 'charset', 'name', 'content', 'dir', 'id', 'class', 'href', 'rel', 'title', 'start'];

/** Runs in the page: what stands there that may not. */
const INSPECT = `[...document.querySelectorAll('*')].flatMap((element) => [
  ...(${JSON.stringify(ELEMENTS)}.includes(element.localName) ? [] : ['<' + element.localName + '>']),
  ...[...element.attributes].flatMap(({ name, value }) => {
    if (!${JSON.stringify(ATTRIBUTES)}.includes(name)) return [name];
    return name === 'href' && !/^(https?:\\/\\/|mailto:|#)/.test(value) ? [name + '=' + value] : [];
  }),
])`;

/** Runs in the page: what a reader could do, but for following a link to another server. */
const POKE = `for (const element of document.querySelectorAll('*')) {
  const isLink = /^(https?|mailto):/i.test(element.getAttribute('href') ?? '');
  for (const type of ['mouseover', 'focus', 'click']) {
    if (!(isLink && type === 'click')) element.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }));
  }
}`;

/** Runs in the page: everything that was put off until now has had its turn. */
const SETTLE = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))`;

/** What has happened in a reader's browser so far. */
interface Log {
  /** How often a script ran, or a dialog or a window opened. */
  runs: number;
  requests: string[];
}

interface Reader {
  readonly page: Page;
  readonly log: Log;
}

/** A new visitor, of whom the hub and its pages know nothing. */
async function startReader(browser: Browser): Promise<Reader> {
  const context = await browser.newContext();
  const log: Log = { runs: 0, requests: [] };
  const note = () => void (log.runs += 1);
  await context.exposeBinding('ran', note);
  const page = await context.newPage();
  context.on('page', note);
  page.on('dialog', (dialog) => {
    note();
    void dialog.dismiss();
  });
  page.on('request', (request) => void log.requests.push(request.url()));
  return { page, log };
}

/** Opens a page, waits until it has been quiet for half a second, touches all that stands there; says what happened. */
async function read({ page, log }: Reader, url: string) {
  Object.assign(log, { runs: 0, requests: [] });
  await page.goto(url, { waitUntil: 'networkidle' });
  const stands = await page.evaluate<string[]>(INSPECT);
  await page.evaluate(POKE);
  await page.evaluate(SETTLE);
  return { ...log, stands, at: page.url().split('#')[0] };
}

/** That a page asked for itself and did nothing else. */
const nothingAt = (url: string) => ({ runs: 0, requests: [url], stands: [], at: url });

/** The text of a case, aimed at a path of its own at the host. */
function aim({ text }: Hostile, index: number): string {
  return text.replaceAll('HOST_ALONE', `${HOST}/${index}`).replaceAll('HOST', `http://${HOST}/${index}`);
}

async function startScene(t: ExecutionContext) {
  const recorder = await startRecorder(t);
  const browser = await startBrowser(t, { [HOST]: recorder.port });
  return { recorder, browser };
}

/** Has a few readers go through all cases; `place` says where a case's page is. */
async function readAll(t: ExecutionContext, browser: Browser, place: (text: string) => Promise<string>): Promise<void> {
  const cases = HOSTILE.map((hostile, index) => ({ hostile, text: aim(hostile, index) }));
  await Promise.all(Array.from({ length: READERS }, async () => {
    const reader = await startReader(browser);
    for (let next = cases.pop(); next; next = cases.pop()) {
      const url = await place(next.text);
      t.deepEqual(await read(reader, url), nothingAt(url), next.hostile.text);
    }
  }));
}

testInBrowser('a browser that reads hostile Markdown runs nothing and fetches nothing', async (t) => {
  const { recorder, browser } = await startScene(t);
  const api = await startApi(t);
  await readAll(t, browser, async (full_description) => {
    const { path } = await buildPlace(api, { full_description });
    return `http://127.0.0.1:${api.port}${path}/readme.html`;
  });
  t.is(recorder.countConnections(), 0);
});

testInBrowser('the renderer alone holds: without the policy nothing runs and nothing is fetched either', async (t) => {
  const { recorder, browser } = await startScene(t);
  const [api, bare] = [await startApi(t), await startRecorder(t)];
  await readAll(t, browser, async (full_description) => {
    const { path } = await buildPlace(api, { full_description });
    const { text, headers } = await api.request('GET', `${path}/readme.html`);
    bare.serve(path, { body: text, headers: { 'content-type': headers['content-type'] } });
    return `http://127.0.0.1:${bare.port}${path}`;
  });
  t.is(recorder.countConnections(), 0);
});

/** Renders like ours would if it let everything through. */
const careless = new MarkdownIt({ html: true, linkify: true });
careless.validateLink = () => true;

interface Trap {
  readonly hostile: Hostile;
  readonly index: number;
  readonly url: string;
}

/** Opens a page that may lead its reader away at any moment, and waits for the harm that is foretold. */
async function seeHarm(t: ExecutionContext, { page, log }: Reader, recorder: Recorder, { hostile, index, url }: Trap): Promise<void> {
  const { text, does } = hostile;
  const hasFetched = () => recorder.paths.some((path) => path.startsWith(`/${index}/`));
  await page.goto(url, { waitUntil: 'commit' });
  if (does === 'fetches') await page.waitForLoadState().catch(() => undefined);
  const stands = await page.evaluate<string[]>(INSPECT).catch(() => []);
  await page.evaluate(POKE).catch(() => undefined);
  if (does === 'runs') await pollUntil(`${text} runs`, async () => log.runs > 0);
  if (does === 'fetches') await pollUntil(`${text} fetches`, async () => hasFetched());
  if (does === 'stands') t.not(stands.length, 0, text);
  if (does === 'nothing') t.deepEqual([log.runs, hasFetched()], [0, false], text);
}

testInBrowser('the cases bite: on a page of a careless renderer, without a policy, they run, fetch and stand', async (t) => {
  const { recorder, browser } = await startScene(t);
  const bare = await startRecorder(t);
  const limit = pLimit(READERS);
  await Promise.all(HOSTILE.map((hostile, index) => limit(async () => {
    const body = `<!doctype html><html lang="en"><head><title>t</title></head><body><main>${careless.render(aim(hostile, index))}</main></body></html>`;
    bare.serve(`/${index}`, { body, headers: { 'content-type': 'text/html; charset=utf-8' } });
    const reader = await startReader(browser);
    await seeHarm(t, reader, recorder, { hostile, index, url: `http://127.0.0.1:${bare.port}/${index}` });
    await reader.page.context().close();
  })));
});

/** One pixel. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

testInBrowser('images are loaded where the hub shows them, and are all that is', async (t) => {
  const { recorder, browser } = await startScene(t);
  recorder.serve('/i.gif', { body: PIXEL, headers: { 'content-type': 'image/gif' } });
  const api = await startApi(t, { remoteImages: 'on' });
  const { path } = await buildPlace(api, { full_description: `![a](http://${HOST}/i.gif)\n\n<img src="http://${HOST}/raw.gif" onerror="ran()">` });
  const url = `http://127.0.0.1:${api.port}${path}/readme.html`;
  const { page, log } = await startReader(browser);
  await page.goto(url, { waitUntil: 'networkidle' });
  t.is(await page.evaluate('document.images[0].naturalWidth'), 1);
  t.deepEqual([log.requests, recorder.paths, log.runs], [[url, `http://${HOST}/i.gif`], ['/i.gif'], 0]);
});

testInBrowser('the page can be read: its style sheet passes its own policy, on a phone nothing runs over the edge', async (t) => {
  const { browser } = await startScene(t);
  const api = await startApi(t);
  const wide = `\`\`\`\n${'x'.repeat(300)}\n\`\`\`\n\n|${'a|'.repeat(60)}\n|${':-:|'.repeat(60)}\n\n${'y'.repeat(300)}`;
  const { path } = await buildPlace(api, { full_description: wide });
  const page = await browser.newPage({ viewport: { width: 360, height: 640 }, colorScheme: 'dark' });
  const faults: string[] = [];
  page.on('console', (message) => void faults.push(message.text()));
  await page.goto(`http://127.0.0.1:${api.port}${path}/readme.html`);
  t.deepEqual(faults, []);
  t.is(await page.evaluate('document.documentElement.scrollWidth'), 360);
  t.is(await page.evaluate("getComputedStyle(document.body).backgroundColor"), 'rgb(18, 21, 27)');
  t.is(await page.evaluate("getComputedStyle(document.querySelector('th')).textAlign"), 'center');
});

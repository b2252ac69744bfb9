import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import test from 'ava';
import { listApiRoots, PAGE_POLICY } from '../../api/pages.js';
import { findProjectRoot } from '../../programs/root.js';
import { assertError, startApi, type Answer, type TestApi } from '../helpers/api.js';
import type { Cleaner } from '../helpers/database.js';
import { tempDir } from '../helpers/ports.js';
import { ALL_ROUTES } from '../helpers/scene.js';

const TOOL = join(findProjectRoot(), 'tools', 'precompress.mjs');
const DOCUMENT = `<!doctype html><title>Hookline</title>${'<!-- long enough -->'.repeat(50)}`;
const SCRIPT = `export const answer = 42;${'// words that repeat themselves\n'.repeat(100)}`;
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'accept-encoding': 'identity' };

/** Pages as their build leaves them, compressed by the tool that compresses them. */
async function buildPages(t: Cleaner): Promise<string> {
  const folder = await tempDir(t);
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), DOCUMENT);
  writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(folder, 'assets', 'index-B7x_2.js'), SCRIPT);
  writeFileSync(join(folder, 'assets', '.hidden.js'), 'hidden');
  const script = `const { precompress } = await import(${JSON.stringify(TOOL)}); precompress(${JSON.stringify(folder)})`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return folder;
}

async function readBytes(api: TestApi, path: string, headers: Record<string, string>): Promise<{ headers: Answer['headers']; bytes: Buffer }> {
  const sent = request({ host: '127.0.0.1', port: api.port, path, headers, agent: false }).end();
  const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream & Pick<Answer, 'headers'>];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk));
  return { headers: response.headers, bytes: Buffer.concat(chunks) };
}

test('a browser gets the document at every address that is none of the API’s', async (t) => {
  const api = await startApi(t, { pages: await buildPages(t) });
  for (const path of ['/', '/r/alice/app', '/r/alice/app/runs/run_1', '/search?q=nginx', '/anything/at/all', '/r/%E4%BD%A0/a%2Fb', '/r/a.b/c.d']) {
    const answer = await api.request('GET', path, { headers: BROWSER });
    t.deepEqual([answer.status, answer.text], [200, DOCUMENT], path);
    t.is(answer.headers['content-type'], 'text/html; charset=utf-8');
    t.is(answer.headers['cache-control'], 'no-cache');
    t.is(answer.headers['content-security-policy'], PAGE_POLICY);
    t.is(answer.headers['x-content-type-options'], 'nosniff');
    t.is(answer.headers['x-frame-options'], 'DENY');
  }
  t.false(/unsafe|\*|https?:/.test(PAGE_POLICY));
});

test('no address of the API’s is a page, whoever asks', async (t) => {
  const api = await startApi(t, { pages: await buildPages(t) });
  const roots = listApiRoots(ALL_ROUTES);
  for (const root of ['v1', 'v2', 'u', 'events', 'token', 'api', 'docs', 'openapi.json', 'healthz', 'readyz', 'version', 'metrics', 'assets']) t.true(roots.has(root), root);
  for (const root of roots) {
    const answer = await api.request('GET', `/${root}/nothing/there/at/all`, { headers: BROWSER });
    assertError(t, answer, { status: 404, code: 'not_found' });
  }
  const docs = await api.request('GET', '/docs', { headers: BROWSER });
  t.true(docs.text.includes('<style>'));
});

test('who is no browser gets the API’s words, and so does another method', async (t) => {
  const api = await startApi(t, { pages: await buildPages(t) });
  for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }, { accept: 'application/json, text/html' }, { accept: 'image/png' }]) {
    assertError(t, await api.request('GET', '/', { headers }), { status: 404, code: 'not_found' });
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
    assertError(t, await api.request(method, '/', { headers: BROWSER }), { status: 404, code: 'not_found' });
  }
});

test('hashed files are kept for good, all others are asked for again by their ETag', async (t) => {
  const api = await startApi(t, { pages: await buildPages(t) });
  const script = await api.request('GET', '/assets/index-B7x_2.js');
  t.deepEqual([script.status, script.text, script.headers['content-type']], [200, SCRIPT, 'text/javascript; charset=utf-8']);
  t.is(script.headers['cache-control'], 'public, max-age=31536000, immutable');
  t.is((await api.request('GET', '/favicon.svg')).headers['content-type'], 'image/svg+xml');
  const first = await api.request('GET', '/', { headers: BROWSER });
  const again = await api.request('GET', '/', { headers: { ...BROWSER, 'if-none-match': first.headers.etag ?? 'none' } });
  t.deepEqual([again.status, again.text, again.headers['cache-control']], [304, '', 'no-cache']);
  const head = await api.request('HEAD', '/', { headers: BROWSER });
  t.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', String(DOCUMENT.length)]);
});

for (const [encoding, open] of [['br', brotliDecompressSync], ['gzip', gunzipSync]] as const) {
  test(`pages come as ${encoding} where that is read`, async (t) => {
    const api = await startApi(t, { pages: await buildPages(t) });
    for (const [path, text, type] of [['/', DOCUMENT, 'text/html'], ['/assets/index-B7x_2.js', SCRIPT, 'text/javascript']] as const) {
      const { headers, bytes } = await readBytes(api, path, { ...BROWSER, 'accept-encoding': encoding });
      t.is(headers['content-encoding'], encoding);
      t.true(String(headers['content-type']).startsWith(type));
      t.true(String(headers.vary).includes('Accept-Encoding'));
      t.true(bytes.length < text.length / 2);
      t.is(open(bytes).toString(), text);
      const plain = await readBytes(api, path, BROWSER);
      t.is(plain.headers['content-encoding'], undefined);
      t.not(plain.headers.etag, headers.etag);
    }
    const { headers } = await readBytes(api, '/favicon.svg', { 'accept-encoding': encoding });
    t.is(headers['content-encoding'], undefined, 'nothing is gained by compressing a small file');
  });
}

test('nothing outside the folder, and no hidden file, is served', async (t) => {
  const folder = await buildPages(t);
  writeFileSync(join(folder, '..', 'secret.txt'), 'secret');
  t.teardown(() => rmSync(join(folder, '..', 'secret.txt'), { force: true }));
  const api = await startApi(t, { pages: folder });
  const paths = [
    '/assets/../../secret.txt', '/assets/..%2f..%2fsecret.txt', '/assets/%2e%2e/%2e%2e/secret.txt', '/assets/....//secret.txt', '/assets/.hidden.js',
    '/assets/', '/assets', '/assets/nothing.js', '/assets/index-B7x_2.js%00', '/../secret.txt', '/secret.txt', '//secret.txt', '/assets/..\\..\\secret.txt',
  ];
  for (const path of paths) {
    const answer = await api.request('GET', path);
    assertError(t, answer, { status: 404, code: 'not_found' });
    t.is(answer.headers['cache-control'], undefined, path);
  }
});

test('without pages the hub is the API alone', async (t) => {
  const api = await startApi(t, { pages: join(await tempDir(t), 'missing') });
  assertError(t, await api.request('GET', '/', { headers: BROWSER }), { status: 404, code: 'not_found' });
  t.is((await api.request('GET', '/version', { headers: BROWSER })).status, 200);
});

import test from 'ava';
import { assertError, buildPlace, startApi } from '../helpers/api.js';
import { buildChain, buildPush } from '../helpers/builders.js';

/** Bodies that are no JSON object in UTF-8. */
const MALFORMED: readonly [what: string, body: string][] = [
  ['half an object', '{"tag":'], ['a bare word', 'tag'], ['two objects', '{}{}'], ['NaN', '{"size":NaN}'],
  ['a comment', '{/**/}'], ['single quotes', "{'tag':'v1'}"], ['a prototype', '{"__proto__":{"is_admin":true}}'],
  ['a prototype by its constructor', '{"constructor":{"prototype":{"x":1}}}'], ['a raw control character', '{"tag":"\u0001"}'],
];
for (const [what, body] of MALFORMED) {
  test(`${what} is malformed`, async (t) => {
    const api = await startApi(t);
    const { path, token } = await buildPlace(api);
    assertError(t, await api.request('POST', `${path}/pushes`, { token, body }), { status: 400, code: 'malformed_json' });
    t.is(({} as { is_admin?: boolean }).is_admin, undefined);
  });
}

for (const body of ['[]', '[{"tag":"v1"}]', '"v1"', 'null', '1', 'true']) {
  test(`${body} is no object`, async (t) => {
    const api = await startApi(t);
    const { path, token } = await buildPlace(api);
    assertError(t, await api.request('POST', `${path}/pushes`, { token, body }), { status: 400, code: 'invalid_input', fields: ['body'] });
  });
}

test('bytes that are not UTF-8 are malformed', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const body = '{"tag":"\xff"}';
  const head = `POST ${path}/pushes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  const answer = await api.sendRaw(Buffer.from(`${head}${body}`, 'latin1'));
  t.regex(answer, /^HTTP\/1\.1 400 [\s\S]*malformed_json/);
});

for (const [what, text] of [['NUL', 'a\0b'], ['a lone high surrogate', 'a\ud800'], ['a lone low surrogate', '\udc00b']] as const) {
  test(`${what} is refused and its field named, at any depth`, async (t) => {
    const api = await startApi(t);
    const { path, token } = await buildPlace(api);
    const flat = await api.request('PATCH', path, { token, body: { description: text } });
    assertError(t, flat, { status: 400, code: 'invalid_input', fields: ['description'] });
    const body = { name: 'x', webhooks: [{ name: text, hook_url: 'https://a.example/' }] };
    assertError(t, await api.request('POST', `${path}/webhook_pipeline`, { token, body }), { status: 400, code: 'invalid_input', fields: ['name'] });
  });
}

test('a body over a megabyte is refused', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const answer = await api.request('PATCH', path, { token, body: { full_description: 'x'.repeat(1024 * 1024) } });
  assertError(t, answer, { status: 413, code: 'body_too_large' });
});

test('an unknown address answers in the shape of every error', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  for (const url of ['/', '/v1', '/v2/nothing', `${path}/nothing`, '/healthz/x', '/%00', '/%E0%A4%A']) {
    assertError(t, await api.request('GET', url, { token }), { status: 404, code: 'not_found' });
  }
});

test('HEAD answers as GET does, without a body', async (t) => {
  const api = await startApi(t);
  const { path } = await buildPlace(api);
  const [get, head] = [await api.request('GET', path), await api.request('HEAD', path)];
  t.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', get.headers['content-length']]);
});

test('every route is served with and without trailing slash', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  for (const url of [path, `${path}/runs`, `${path}/pushes`, `${path}/webhook_pipeline`, `${path}/collaborators`, '/healthz', '/version']) {
    const [plain, slashed] = [await api.request('GET', url, { token }), await api.request('GET', `${url}/`, { token })];
    t.deepEqual([plain.status, slashed.status], [200, 200], url);
  }
});

const FORGED = {
  host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'gopher', 'x-forwarded-for': '1.2.3.4',
  forwarded: 'host=evil.example', 'x-original-url': '/evil', 'x-forwarded-prefix': '/evil',
};

test('no request header changes a URL that is answered', async (t) => {
  const api = await startApi(t, { publicUrl: 'https://hub.example/prefix' });
  const { path, token, repository } = await buildPlace(api);
  const chain = await buildChain(api.db, { repository });
  for (let index = 0; index < 3; index += 1) await buildPush(api.db, { chain });
  for (const url of [`${path}/runs/?page=2&page_size=1`, `${path}/pushes?page=2&page_size=1`, '/openapi.json', '/docs', '/version']) {
    const [plain, forged] = [await api.request('GET', url, { token }), await api.request('GET', url, { token, headers: FORGED })];
    t.deepEqual([forged.status, forged.text], [plain.status, plain.text], url);
    t.false(forged.text.includes('evil'), url);
  }
  const page = (await api.request('GET', `${path}/runs/?page=2&page_size=1`, { token, headers: FORGED })).body as { next: string; previous: string };
  t.is(page.next, `https://hub.example/prefix${path}/runs/?page=3&page_size=1`);
  t.is(page.previous, `https://hub.example/prefix${path}/runs/?page=1&page_size=1`);
});

test('an unexpected error is answered bare', async (t) => {
  const api = await startApi(t);
  const { path } = await buildPlace(api);
  await api.db.schema.renameTable('collaborators', 'elsewhere');
  const answer = await api.request('GET', path);
  assertError(t, answer, { status: 500, code: 'internal_error' });
  t.false(/collaborators|select|sql/i.test(answer.text));
});

test('a known address with another method is a 405 that names the methods it has', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const wrong = [
    ['PUT', path], ['DELETE', `${path}/runs`], ['POST', '/healthz'], ['PUT', '/v2/users/login'], ['PROPFIND', path],
  ] as const;
  for (const [method, url] of wrong) {
    assertError(t, await api.request(method, url, { token }), { status: 405, code: 'method_not_allowed' });
  }
});

test('an absolute request target lends its host to no link', async (t) => {
  const api = await startApi(t);
  const { path, token, repository } = await buildPlace(api);
  const chain = await buildChain(api.db, { repository });
  for (let count = 0; count < 3; count += 1) await buildPush(api.db, { repository, chain });
  const head = `GET http://evil.example${path}/runs?page=2&page_size=1 HTTP/1.1\r\nHost: x\r\n`;
  const answer = await api.sendRaw(Buffer.from(`${head}Authorization: Bearer ${token}\r\nConnection: close\r\n\r\n`));
  t.regex(answer, /^HTTP\/1\.1 200 /);
  t.true(answer.includes(`${api.publicUrl}${path}/runs?page=3`));
  t.false(answer.includes('evil'));
});

test('a NUL character in a path names nothing', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const urls = ['/v2/repositories/a%00b/x', `${path}/runs/%00`, `${path}/pushes/%00`, `${path}/webhook_pipeline/%00`];
  for (const url of urls) assertError(t, await api.request('GET', url, { token }), { status: 404, code: 'not_found' });
});

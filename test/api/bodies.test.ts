import { gzipSync } from 'node:zlib';
import test from 'ava';
import { assertError, buildPlace, callbackPath, startApi, type TestApi } from '../helpers/api.js';
import { advanceToWaiting, buildRun, pick } from '../helpers/builders.js';
import { findDelivery } from '../../db/deliveries.js';

/** A delivery that waits for its callback. */
async function openDelivery(api: TestApi): Promise<{ id: string; path: string }> {
  const { repository, deliveries } = await buildRun(api.db, { webhooks: 2 });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  return { id, path: callbackPath(repository, id) };
}

/** Bodies of callbacks with a name that stands twice, and how the answer writes it. */
const TWICE: readonly [body: string, field: string][] = [
  ['{"state":"success","state":"failure"}', 'state'],
  ['{"state":"success","state":"success"}', 'state'],
  ['{"state":"success" , "\\u0073tate" : "failure"}', 'state'],
  ['{"state":"success","description":"a","description":null}', 'description'],
  ['{"state":"success","x":{"y":[1,{"z":1,"z":2}]}}', 'x.y[1].z'],
  ['{"state":"success","x":[[],[{}],{"":1,"":2}]}', 'x[2].'],
];
test('a name that stands twice is refused and named', async (t) => {
  const api = await startApi(t);
  const { id, path } = await openDelivery(api);
  for (const [body, field] of TWICE) {
    assertError(t, await api.request('POST', path, { body }), { status: 400, code: 'invalid_input', fields: [field] });
  }
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
});

/** What looks like a name that stands twice, and is none. */
const ONCE = [
  '{"state":"success","x":{"state":"failure"},"y":[{"state":1},{"state":2}]}', '{"x":"state","y":"\\"state\\":","state":"success"}',
  '{"state":"success","STATE":1,"state ":2}', '{"x":["state","state"],"state":"success"}', '{"x":"\\\\","state":"success"}',
];
test('the same name in another place is another one', async (t) => {
  const api = await startApi(t);
  for (const body of ONCE) {
    const answer = await api.request('POST', (await openDelivery(api)).path, { body });
    t.is(answer.status, 200, `${body}: ${answer.text}`);
  }
});

test('a name that stands twice is refused wherever bodies are JSON', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const body = '{"description":"a","is_private":false,"description":"b"}';
  assertError(t, await api.request('PATCH', path, { token, body }), { status: 400, code: 'invalid_input', fields: ['description'] });
});

const MALFORMED: readonly [what: string, body: string][] = [
  ['a byte order mark', '\ufeff{"state":"success"}'], ['NaN', '{"state":"success","x":NaN}'], ['Infinity', '{"state":"success","x":-Infinity}'],
  ['a prototype', '{"state":"success","__proto__":{"state":"failure"}}'], ['a prototype in escapes', '{"state":"success","\\u005f_proto__":{}}'],
  ['arrays 65 deep', `{"state":"success","x":${'['.repeat(64)}${']'.repeat(64)}}`], ['objects 2,700 deep', `${'{"x":'.repeat(2700)}1${'}'.repeat(2700)}`],
  ['8,000 brackets that never close', '['.repeat(8000)],
];
test('what only looks like JSON is malformed', async (t) => {
  const api = await startApi(t);
  const { id, path } = await openDelivery(api);
  for (const [, body] of MALFORMED) {
    assertError(t, await api.request('POST', path, { body }), { status: 400, code: 'malformed_json' });
  }
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
});

test('nesting of half a megabyte is a 400, and the hub lives on', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const body = `{"description":${'['.repeat(500_000)}${']'.repeat(500_000)}}`;
  assertError(t, await api.request('PATCH', path, { token, body }), { status: 400, code: 'malformed_json' });
  t.is((await api.request('GET', path, { token })).status, 200);
});

test('arrays 63 deep are taken, and so is a number that no double holds, where nobody reads it', async (t) => {
  const api = await startApi(t);
  const { path } = await openDelivery(api);
  const body = `{"state":"success","x":${'['.repeat(63)}${']'.repeat(63)},"y":1e400,"z":-0.0e-999}`;
  t.is((await api.request('POST', path, { body })).status, 200);
});

const CODED: readonly [what: string, headers: Record<string, string>][] = [
  ['gzip', { 'content-encoding': 'gzip' }], ['br', { 'content-encoding': 'br' }], ['identity, gzip', { 'content-encoding': 'identity, gzip' }],
  ['latin-1', { 'content-type': 'application/json; charset=iso-8859-1' }], ['UTF-16', { 'content-type': 'application/json;charset="utf-16"' }],
];
test('a body in any coding is refused unread', async (t) => {
  const api = await startApi(t);
  const { id, path } = await openDelivery(api);
  for (const [, headers] of CODED) {
    assertError(t, await api.request('POST', path, { body: { state: 'success' }, headers }), { status: 415, code: 'unsupported_media_type' });
  }
  const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024));
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\nConnection: close\r\n\r\n`;
  t.regex(await api.sendRaw(Buffer.concat([Buffer.from(head), bomb])), /^HTTP\/1\.1 415 [\s\S]*unsupported_media_type/);
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
});

test('JSON in UTF-8 is taken, whatever it calls itself', async (t) => {
  const api = await startApi(t);
  for (const type of ['application/json; charset=utf8', 'application/json;charset="UTF-8"', 'application/cloudevents+json']) {
    const answer = await api.request('POST', (await openDelivery(api)).path, { body: { state: 'success' }, headers: { 'content-type': type } });
    t.is(answer.status, 200, type);
  }
});

import test from 'ava';
import { ROUTES } from '../../api/app.js';
import { INSTANCE } from '../../api/routes/system.js';
import { VERSION } from '../../version.js';
import { startApi } from '../helpers/api.js';
import { TEST_KEYRING } from '../helpers/builders.js';

type Json = Readonly<Record<string, unknown>>;
interface Document {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly webhooks: Json;
}

test('the hub is alive, and says its version and which process it is', async (t) => {
  const api = await startApi(t);
  const [health, version] = [await api.request('GET', '/healthz'), await api.request('GET', '/version')];
  t.deepEqual([health.status, health.body], [200, { status: 'ok' }]);
  const hub = TEST_KEYRING.fingerprints.get(TEST_KEYRING.kid);
  t.deepEqual(version.body, { name: 'hookline', version: VERSION, hub, instance: INSTANCE, registry: null, signup: 'closed' });
});

test('the hub is ready but degraded while Temporal is away', async (t) => {
  const api = await startApi(t);
  const answer = await api.request('GET', '/readyz');
  t.deepEqual([answer.status, answer.body], [200, { status: 'degraded', database: 'ok', migrations: 'ok', temporal: 'away', registry: 'off' }]);
});

test('the hub is not ready while a migration is missing', async (t) => {
  const api = await startApi(t);
  await api.db('knex_migrations').where('name', 'like', '006%').delete();
  const answer = await api.request('GET', '/readyz');
  t.is(answer.status, 503, answer.text);
  t.like(answer.body, { status: 'unavailable', migrations: 'pending' });
});

async function readDocument(t: Parameters<typeof startApi>[0]): Promise<Document> {
  const api = await startApi(t);
  return (await api.request('GET', '/openapi.json')).body as Document;
}

/** Every object within a value, itself included. */
function* walk(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  yield value as Json;
  for (const item of Object.values(value)) yield* walk(item);
}

function follow(document: unknown, reference: string): unknown {
  return reference.slice(2).split('/').reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document);
}

test('the API document has every route and no other', async (t) => {
  const document = await readDocument(t);
  t.is(document.openapi, '3.1.0');
  t.is(document.servers[0]?.url, 'https://hub.example');
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\/$/, '')}`));
  const expected = ROUTES.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  t.deepEqual(described.sort(), expected.sort());
  t.truthy(document.webhooks['push']);
});

test('every reference of the API document leads somewhere', async (t) => {
  const document = await readDocument(t);
  const references = [...walk(document)].flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []));
  t.true(references.length > 50);
  t.deepEqual(references.filter((reference) => follow(document, reference) === undefined), []);
});

test('every operation has an id of its own, a summary, its path parameters and answers', async (t) => {
  const document = await readDocument(t);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ path, operation })));
  t.is(new Set(operations.map(({ operation }) => operation['operationId'])).size, operations.length);
  for (const { path, operation } of operations) {
    const named = (operation['parameters'] as { name: string; in: string }[]).filter((one) => one.in === 'path').map(({ name }) => name);
    t.deepEqual(named.sort(), [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort(), path);
    t.regex(String(operation['summary']), /\w/);
    t.true(Object.keys(operation['responses'] as object).some((status) => status.startsWith('2')), path);
  }
});

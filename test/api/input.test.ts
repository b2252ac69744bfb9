import test from 'ava';
import type { TObject, TSchema } from '@sinclair/typebox';
import type { Route } from '../../api/route.js';
import type { Db } from '../../db/connection.js';
import { startApi, type Answer } from '../helpers/api.js';
import { ALL_ROUTES, buildScene, describeBody, encodeBody, fillPath, type Scene } from '../helpers/scene.js';

/** What every route does with bad input, drawn from the table of routes: a new route is tested by being there. */

const WITH_BODY = ALL_ROUTES.filter((route): route is Route & { body: TObject } => route.body !== undefined);
/** Bodies that others write, with fields of which only some are ours to read. */
const OPEN = ['POST /events', 'POST /token', 'POST /u/:namespace/:name/hook/:token', 'POST /receive/:token', 'POST /v2/sources/:id/hook', 'POST /v2/inbound/:id'];

const ADMIN_ALONE = ['admin', 'signup'];

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const isClosed = (route: Route): boolean => route.body?.['additionalProperties'] === false;

test('only bodies that others write are open', (t) => {
  t.deepEqual(WITH_BODY.filter((route) => !isClosed(route)).map(nameOf).sort(), [...OPEN].sort());
});

async function listTables(db: Db): Promise<string[]> {
  const { client } = (db.client as { config: { client: string } }).config;
  const query = client === 'pg'
    ? db('information_schema.tables').whereRaw('table_schema = current_schema()').select({ name: 'table_name' })
    : db('sqlite_master').where({ type: 'table' }).whereRaw("name NOT LIKE 'sqlite_%'").select('name');
  return ((await query) as { name: string }[]).map(({ name }) => name).sort();
}

/** Every column that the database has, whatever its table. */
async function listColumns(db: Db): Promise<string[]> {
  const tables = await Promise.all((await listTables(db)).map(async (table) => Object.keys(await db(table).columnInfo())));
  return [...new Set(tables.flat())].filter((name) => /^[a-z_]+$/.test(name));
}

async function countAll(db: Db): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of await listTables(db)) {
    const [row] = await db(table).count<{ count: number }[]>({ count: '*' });
    counts[table] = Number(row?.count);
  }
  return counts;
}

function ask(scene: Scene, route: Route, body: object | string): Promise<Answer> {
  const caller = ADMIN_ALONE.includes(route.may) ? 'admin' : 'owner';
  return scene.api.request(route.method, fillPath(route, scene.values), { token: scene.tokens[caller], ...encodeBody(route, body) });
}

function readFields({ body }: Answer): string[] {
  return Object.keys((body as { fields?: object }).fields ?? {}).sort();
}

/** The objects inside a body, by their path as errors write it. */
function listParts(value: unknown, path = ''): [string, Record<string, unknown>][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => listParts(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, item]) => listParts(item, path ? `${path}.${key}` : key));
  return [[path, value as Record<string, unknown>], ...inner];
}

for (const route of WITH_BODY.filter(isClosed)) {
  test(`${nameOf(route)}: a field that is not the caller’s to set is refused and named, whatever column it is`, async (t) => {
    const api = await startApi(t);
    const scene = await buildScene(api, false, route);
    const columns = await listColumns(api.db);
    t.true(columns.includes('is_admin') && columns.includes('password_hash') && columns.includes('star_count'));
    const before = await countAll(api.db);
    const body = structuredClone(describeBody(route, scene) ?? {});
    const known = new Set(Object.keys(route.body.properties));
    const foreign = columns.filter((name) => !known.has(name));
    const answer = await ask(scene, route, { ...body, ...Object.fromEntries(foreign.map((name) => [name, true])) });
    t.is(answer.status, 400, answer.text);
    t.deepEqual(readFields(answer), [...foreign].sort());
    for (const [path, part] of listParts(body).filter(([path]) => path !== '')) {
      part['is_admin'] = true;
      const inside = await ask(scene, route, body);
      delete part['is_admin'];
      t.is(inside.status, 400, inside.text);
      t.true(readFields(inside).some((field) => field.startsWith(path)), inside.text);
    }
    t.deepEqual(await countAll(api.db), before);
  });
}

/** Values as JSON text, so that half a surrogate pair gets through. */
const BAD_VALUES: Readonly<Record<string, string>> = {
  null: 'null', 'an array': '[]', 'an array of arrays': '[[[]]]', 'an object': '{}', 'an object with __proto__': '{"__proto__":{"a":1}}',
  'a number': '1', 'a fraction': '1.5', 'a negative number': '-1', 'a huge number': '1e308', true: 'true', 'empty text': '""',
  'half a surrogate pair': '"\\ud800"', 'NUL': '"a\\u0000b"', 'a line break': '"a\\n"', 'a path': '"../../etc/passwd"', 'a script': '"javascript:alert(1)"',
  'a megabyte': `"${'x'.repeat(1024 * 1024)}"`, 'a hundred thousand characters': `"${'é'.repeat(100_000)}"`, 'deep nesting': `${'['.repeat(500)}${']'.repeat(500)}`,
};

for (const route of WITH_BODY) {
  test(`${nameOf(route)}: no value of any field breaks it, and what is refused leaves nothing behind`, async (t) => {
    const api = await startApi(t);
    const scene = await buildScene(api, false, route);
    const body: object = describeBody(route, scene) ?? {};
    let refused = 0;
    for (const field of Object.keys(route.body.properties)) {
      for (const [what, value] of Object.entries(BAD_VALUES)) {
        const rest = Object.entries(body).filter(([key]) => key !== field);
        const text = `{${[...rest.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`), `${JSON.stringify(field)}:${value}`].join()}}`;
        const before = await countAll(api.db);
        const answer = await ask(scene, route, text);
        const say = `${field} is ${what}: ${answer.status} ${answer.text.slice(0, 300)}`;
        t.true(answer.status < 500, say);
        if (answer.status < 400) continue;
        refused += 1;
        const { code, message, detail } = answer.body as Record<string, unknown>;
        t.deepEqual([typeof code, typeof message, typeof detail], ['string', 'string', 'string'], say);
        // A field of one name inside another is named by itself where the text is broken.
        if (code === 'invalid_input') t.true(readFields(answer).some((name) => name.split(/[.[]/)[0] === field || name === '0'), say);
        t.deepEqual(await countAll(api.db), before, say);
      }
    }
    t.true(refused > 0 || Object.keys(route.body.properties).length === 0);
  });
}

const LISTS = ALL_ROUTES.filter((route): route is Route & { query: TObject } => route.query?.properties['page_size'] !== undefined);

function read(scene: Scene, route: Route, query: string): Promise<Answer> {
  const caller = ADMIN_ALONE.includes(route.may) ? 'admin' : 'owner';
  return scene.api.request('GET', `${fillPath(route, scene.values)}?${query}`, { token: scene.tokens[caller] });
}

/** What each filter and ordering takes, and what it does not. Text that looks like SQL is text. */
function listQueries(schema: TSchema): { good: readonly string[]; bad: readonly string[] } {
  const values = schema['enum'] as string[] | undefined;
  if (values) return { good: values, bad: ['nothing', '', `${values[0] ?? ''}'`] };
  if (schema['type'] !== 'string') return { good: [], bad: [] };
  if (schema['format'] !== undefined) return { good: [], bad: ['x', ''] };
  // A search takes any text; a filter is asked of the database as it is.
  const bad = schema['pattern'] === undefined ? [] : ['\0'];
  return { good: ['%', '_', "'", '"', '\\', '*', '-', 'a b', '💥', '\ufffd', "' OR 1=1 --", 'x'.repeat(200)], bad: [...bad, 'x'.repeat(10_000)] };
}

for (const route of LISTS) {
  test(`${nameOf(route)}: pages, filters and orderings`, async (t) => {
    const api = await startApi(t);
    const scene = await buildScene(api, false, route);
    const status = async (query: string) => (await read(scene, route, query)).status;
    for (const query of ['', 'page=1', 'page_size=1', 'page_size=1000', 'page=2&page_size=100']) t.is(await status(query), 200, query);
    for (const query of ['page=0', 'page=-1', 'page=abc', 'page=1.5', 'page=', 'page_size=0', 'page_size=-1', 'page_size=abc', 'unheard_of=1', 'page=1&page=2']) {
      t.is(await status(query), 400, query);
    }
    const past = (await read(scene, route, 'page=1000&page_size=100')).body as { next: unknown; results?: unknown[]; logs?: unknown[] };
    t.deepEqual([past.next, past.results ?? past.logs], [null, []]);
    for (const [name, schema] of Object.entries(route.query.properties)) {
      const { good, bad } = listQueries(schema);
      for (const value of good) t.is(await status(`${name}=${encodeURIComponent(value)}`), 200, `${name}=${value}`);
      for (const value of bad) t.is(await status(`${name}=${encodeURIComponent(value)}`), 400, `${name}=${value}`);
    }
  });
}

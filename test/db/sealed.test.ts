import test from 'ava';
import type { Db } from '../../db/connection.js';
import { closeDelivery } from '../../db/deliveries.js';
import { countOpenCallbacks, countSealed, countSessions, resealTable, SEALED_TABLES } from '../../db/sealed.js';
import { beginAttempt } from '../../db/attempts.js';
import { replaceSecret } from '../../db/webhooks.js';
import { createKeyring, openSecrets } from '../../keys.js';
import { buildChain, buildRun, describeCallback, pick, TEST_KEYRING } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';
import { buildInbound } from '../helpers/inbound.js';
import { buildSource } from '../helpers/sources.js';

const FRESH = createKeyring([{ kid: 'fresh', key: Buffer.alloc(32, 7) }]);
const anew = { kid: 'fresh', reseal: (sealed: string, id: string) => FRESH.seal(TEST_KEYRING.open(sealed, id), id) };
const later = new Date(Date.now() + 60_000).toISOString();

for (const { name, open } of ENGINES) {
  test(`${name}: every table with a column of sealed secrets is resealed`, async (t) => {
    const db = await open(t);
    const columns = await Promise.all((await listTables(db, name)).map(async (table) => [table, Object.keys(await db(table).columnInfo())] as const));
    t.deepEqual(columns.filter(([, all]) => all.includes('secret') || all.includes('previous_secret')).map(([table]) => table).sort(), [...SEALED_TABLES].sort());
  });

  test(`${name}: all secrets are sealed anew, more than a batch of them, and open to what they were`, async (t) => {
    const db = await open(t);
    const { webhooks } = await buildChain(db, { webhooks: 50 });
    for (let chain = 0; chain < 4; chain += 1) await buildChain(db, { webhooks: 50 });
    const { id } = pick(webhooks);
    await replaceSecret(db, id, { secret: TEST_KEYRING.seal('second', id), previousExpires: later, by: null });
    await buildSource(db);
    await buildInbound(db);
    await buildInbound(db, { provider: 'quay' });
    const before = TEST_KEYRING.open(pick(webhooks).secret, id);
    t.deepEqual([...(await countSealed(db, 'webhooks'))], [['test', 251]]);
    t.is(await resealTable(db, 'webhooks', anew), 251);
    t.is(await resealTable(db, 'webhooks', anew), 0);
    t.is(await resealTable(db, 'sources', anew), 1);
    t.is(await resealTable(db, 'inbounds', anew), 1);
    for (const table of SEALED_TABLES) t.deepEqual([...(await countSealed(db, table)).keys()], ['fresh'], table);
    const row = await db('webhooks').where({ id }).first<Parameters<typeof openSecrets>[1]>('id', 'secret', 'previous_secret', 'previous_secret_expires');
    t.deepEqual(openSecrets(FRESH, row), ['second', before]);
  });

  test(`${name}: a secret that is rotated while it is sealed anew is not put back`, async (t) => {
    const db = await open(t);
    const { id } = pick((await buildChain(db)).webhooks);
    const raced = await resealTable(db, 'webhooks', { kid: 'fresh', reseal: () => 'fresh.never' }).then(async () => db('webhooks').where({ id }).first<{ secret: string }>('secret'));
    t.is(raced.secret, 'fresh.never');
    await db('webhooks').where({ id }).update({ secret: TEST_KEYRING.seal('x', id) });
    let rotated: Promise<void> | undefined;
    const racing = { kid: 'fresh', reseal: (sealed: string) => ((rotated = replaceSecret(db, id, { secret: 'fresh.rotated', previousExpires: later, by: null })), `fresh.${sealed}`) };
    await db('webhooks').where({ id }).update({ previous_secret: null });
    await resealTable(db, 'webhooks', racing);
    await rotated;
    const { secret } = (await db('webhooks').where({ id }).first<{ secret: string }>('secret'));
    t.is(secret, 'fresh.rotated');
  });

  test(`${name}: open callbacks are counted by the key of their token, closed ones are not`, async (t) => {
    const db = await open(t);
    const [first, second, closed] = await Promise.all([buildRun(db), buildRun(db), buildRun(db)]);
    await beginAttempt(db, pick(first.deliveries).id, { kid: 'old' });
    await beginAttempt(db, pick(second.deliveries).id, { kid: 'old' });
    await beginAttempt(db, pick(second.deliveries).id, { kid: 'new' });
    await beginAttempt(db, pick(closed.deliveries).id);
    const count = async () => (await countOpenCallbacks(db)).map(({ kid, count }) => [kid, count]).sort();
    t.deepEqual(await count(), [[null, 1], ['new', 1], ['old', 2]].sort());
    await closeDelivery(db, describeCallback(pick(closed.deliveries).id, 'success'));
    await closeDelivery(db, describeCallback(pick(first.deliveries).id, 'success'));
    t.deepEqual(await count(), [['new', 1], ['old', 1]]);
    t.deepEqual(await countSessions(db), { count: 0, until: null });
  });
}

async function listTables(db: Db, engine: string): Promise<string[]> {
  if (engine === 'SQLite') return (await db('sqlite_master').where({ type: 'table' }).whereNot('name', 'like', 'sqlite_%').select<{ name: string }[]>('name')).map((row) => row.name);
  return (await db('pg_tables').whereRaw('schemaname = current_schema()').select<{ tablename: string }[]>('tablename')).map((row) => row.tablename);
}

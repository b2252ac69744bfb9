// Fills a repository with finished runs, as the hub would have written them: for benches that need a long history.
import { importBuilt } from './run.mjs';

const RUNS = 500;
/** Rows of one statement: SQLite takes no more of them in the form that knex writes. */
const CHUNK = 500;
const HEADERS = JSON.stringify({
  'content-type': 'application/json', 'user-agent': 'Hookline/0.1.0', 'webhook-id': 'dlv_0123456789abcdef0123456789abcdef',
  'webhook-timestamp': '1764086400', 'webhook-signature': `v1,${'A'.repeat(43)}=`,
});

/** Writes `count` successful runs of the repository's one chain through the product's own connection to the database. */
export async function fillHistory(databaseUrl, fullName, count) {
  const { openDatabase } = await importBuilt('db/connection.js');
  const { newId } = await importBuilt('db/ids.js');
  const db = openDatabase(databaseUrl);
  try {
    const [namespace, name] = fullName.split('/');
    const repository = await db('repositories').where({ namespace, name }).first('id');
    const chain = await db('chains').where({ repository_id: repository.id }).first('id', 'slug', 'name');
    const webhooks = await db('webhooks').where({ chain_id: chain.id }).orderBy('position').select('id', 'position', 'name', 'hook_url');
    for (let done = 0; done < count; done += RUNS) {
      const size = Math.min(RUNS, count - done);
      const rows = buildRuns({ repository, chain, webhooks, newId }, size);
      await db.transaction(async (trx) => {
        // On SQLite a transaction starts with a write: the hub writes beside us.
        for (const [table, list] of Object.entries(rows)) await trx.batchInsert(table, list, CHUNK);
      });
    }
    await db.raw('ANALYZE');
  } finally {
    await db.destroy();
  }
}

function buildRuns({ repository, chain, webhooks, newId }, size) {
  const at = new Date().toISOString();
  const rows = { pushes: [], runs: [], deliveries: [], attempts: [], callbacks: [] };
  const shared = { repository_id: repository.id };
  for (let index = 0; index < size; index += 1) {
    const push = { id: newId('psh'), ...shared, tag: 'latest', digest: null, images: '[]', pusher: 'admin', is_test: false, pushed_at: at };
    const run = {
      id: newId('run'), ...shared, push_id: push.id, chain_id: chain.id, chain_slug: chain.slug, chain_name: chain.name,
      state: 'success', created: at, updated: at, finished: at,
    };
    rows.pushes.push(push);
    rows.runs.push(run);
    for (const webhook of webhooks) addDelivery(rows, { run, webhook, at, newId });
  }
  return rows;
}

function addDelivery(rows, { run, webhook, at, newId }) {
  const { id: webhook_id, position, name, hook_url } = webhook;
  const delivery = {
    id: newId('dlv'), run_id: run.id, position, webhook_id, name, hook_url, expect_callback: true, callback_timeout_ms: 3_600_000,
    require_signed_callback: false, state: 'success', attempt_count: 1, finished: at,
  };
  rows.deliveries.push(delivery);
  rows.attempts.push({
    id: newId('att'), delivery_id: delivery.id, number: 1, started: at, duration_ms: 3, status: 200,
    request_headers: HEADERS, request_body: '{}', response_headers: '{"connection":"keep-alive"}', response_body: '{}',
  });
  rows.callbacks.push({ delivery_id: delivery.id, state: 'success', received: at });
}

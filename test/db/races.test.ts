import test from 'ava';
import { deleteChain, updateChain } from '../../db/chains.js';
import { closeDelivery } from '../../db/deliveries.js';
import { openDatabase } from '../../db/connection.js';
import { migrate } from '../../db/migrate.js';
import { deleteOrganization, findOrganization } from '../../db/organizations.js';
import { deleteRepository, findRepositoryById, setPrivacy } from '../../db/repositories.js';
import { recordPush } from '../../db/pushes.js';
import { ENGINES } from '../helpers/database.js';
import { advanceToWaiting, buildOrganization, buildPush, buildRepository, buildRun, pick, PLENTY } from '../helpers/builders.js';
import { tempDir } from '../helpers/ports.js';

const ROUNDS = 10;

for (const { name, open } of ENGINES) {
  test(`${name}: a repository is deleted while its runs close, and nothing fails`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = await buildRun(db, { webhooks: 2 });
      const { repository } = first;
      const built = [first, await buildRun(db, { webhooks: 2, repository }), await buildRun(db, { webhooks: 2, repository })];
      const waiting = built.map(({ deliveries }) => pick(deliveries).id);
      for (const id of waiting) await advanceToWaiting(db, id);
      const closings = waiting.map((id) => closeDelivery(db, { id, state: 'success', reason: null }));
      await Promise.all([...closings, deleteRepository(db, repository.id)]);
      t.is(await findRepositoryById(db, repository.id), undefined);
    }
  });

  test(`${name}: repositories become private while their organization is deleted, and nobody waits for the other for ever`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const organization = await buildOrganization(db);
      const repositories = [await buildRepository(db, { namespace: organization.name }), await buildRepository(db, { namespace: organization.name })];
      await Promise.all([...repositories.map((repository) => setPrivacy(db, repository, true, PLENTY)), deleteOrganization(db, organization)]);
      t.is(await findOrganization(db, organization.name), undefined);
    }
  });

  test(`${name}: a push beside the deletion of a chain is recorded, with a run or without`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { repository, chain } = await buildRun(db, {});
      const [push] = await Promise.all([buildPush(db, { repository }), deleteChain(db, chain), updateChain(db, chain.id, { name: 'x' })]);
      t.is(push.push.repository_id, repository.id);
    }
  });

  test(`${name}: a push beside the deletion of its repository is recorded or finds nothing`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const { repository, push } = await buildRun(db, {});
      const { tag, digest, images, media_type, size, pusher, is_test, idempotency_key, request_hash } = push;
      const image = { tag, digest, images, media_type, size };
      const again = { repository_id: repository.id, ...image, pusher, is_test, idempotency_key, request_hash };
      await Promise.all([recordPush(db, again, { defaultTimeoutMs: 1000 }), deleteRepository(db, repository.id)]);
      t.is(await recordPush(db, again, { defaultTimeoutMs: 1000 }), undefined);
    }
  });
}

test('processes that start together on a new SQLite file take turns at the migrations', async (t) => {
  const url = `sqlite:${await tempDir(t)}/hub.db`;
  const handles = [1, 2, 3, 4].map(() => openDatabase(url));
  t.teardown(() => Promise.all(handles.map((db) => db.destroy())));
  const ran = await Promise.all(handles.map((db) => migrate(db)));
  t.is(ran.filter((names) => names.length > 0).length, 1);
});

for (const { name, open } of ENGINES) {
  test(`${name}: the mark that a killed migration left behind does not hold up the next start`, async (t) => {
    const db = await open(t);
    await db('knex_migrations_lock').update({ is_locked: 1 });
    t.deepEqual(await migrate(db), []);
  });
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { openDatabase } from '../../db/connection.js';
import { must } from '../helpers/builders.js';
import { pollUntil } from '../helpers/poll.js';
import { testWithPostgres } from '../helpers/postgres.js';
import { startPostgres } from '../helpers/postgresServer.js';
import { isAlive } from '../temporal/testServer.js';

testWithPostgres('a server that was killed has every committed row after its next start', async (t) => {
  const server = await startPostgres(t);
  const db = openDatabase(server.url);
  t.teardown(() => db.destroy());
  await db.schema.createTable('kept', (table) => table.integer('n'));
  await db('kept').insert({ n: 1 });
  const first = must(server.pid, 'a server');
  await server.kill('SIGKILL');
  t.is(server.pid, undefined);
  // A process of the server that serves a connection may outlive it by a moment.
  await pollUntil('the end of its connections', async () => db('kept').select('n').then(() => false, () => true));
  await server.start();
  t.not(server.pid, first);
  t.deepEqual(await db('kept').select('n'), [{ n: 1 }]);
  await server.stop();
  await server.start();
  t.deepEqual(await db('kept').select('n'), [{ n: 1 }]);
});

testWithPostgres('the role of its URL is no superuser', async (t) => {
  const server = await startPostgres(t);
  for (const [url, isSuperuser] of [[server.url, 'off'], [server.adminUrl, 'on']] as const) {
    const db = openDatabase(url);
    t.teardown(() => db.destroy());
    t.deepEqual((await db.raw<{ rows: unknown }>('SHOW is_superuser')).rows, [{ is_superuser: isSuperuser }]);
  }
});

testWithPostgres('a server whose tests were killed is gone, with its files', async (t) => {
  const holder = fork(new URL('./postgresHolder.js', import.meta.url));
  t.teardown(() => void holder.kill('SIGKILL'));
  const [{ pid, dataDir }] = (await once(holder, 'message')) as [{ pid: number; dataDir: string }];
  t.true(isAlive(pid) && existsSync(dataDir));
  holder.kill('SIGKILL');
  await pollUntil('the end of the server', async () => !isAlive(pid) && !existsSync(dataDir));
  t.pass();
});

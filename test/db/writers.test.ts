import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { openDatabase } from '../../db/connection.js';
import { migrate } from '../../db/migrate.js';
import { buildChain } from '../helpers/builders.js';
import { tempDir } from '../helpers/ports.js';

/** The next message of a process. */
async function receive(child: ChildProcess): Promise<unknown> {
  const [message] = (await once(child, 'message')) as unknown[];
  return message;
}

test('two processes with fifty writers each on one SQLite file never meet SQLITE_BUSY', async (t) => {
  const url = `sqlite:${join(await tempDir(t), 'hub.db')}`;
  const db = openDatabase(url);
  t.teardown(() => db.destroy());
  await migrate(db);
  const chain = await buildChain(db, { expect_final_callback: true });
  const children = [1, 2].map(() => fork(new URL('./writer.js', import.meta.url), [url, chain.id]));
  t.teardown(() => children.forEach((child) => child.kill('SIGKILL')));
  await Promise.all(children.map(receive));
  const faults = children.map(receive);
  children.forEach((child) => child.send('go'));
  t.deepEqual(await Promise.all(faults), [[], []]);
  const states = await db<{ state: string }>('runs').select('state');
  t.deepEqual(states, Array.from({ length: 100 }, () => ({ state: 'success' })));
});

import test, { type ExecutionContext } from 'ava';
import { freePort, tempDir } from '../helpers/ports.js';
import { pollUntil } from '../helpers/poll.js';
import { Api, type PushView } from './api.js';
import { Child } from './child.js';

const SERVER = new URL('../../api/server.js', import.meta.url).pathname;
const PASSWORD = 'correct horse battery';
const WRITERS = 50;
const ROUNDS = 4;

/** An API over that directory, on a port of its own, while Temporal is away. */
async function startServer(t: ExecutionContext, dir: string): Promise<{ api: Api; child: Child }> {
  const port = await freePort();
  const env = {
    PATH: process.env['PATH'] ?? '', HOOKLINE_ADDRESS: `127.0.0.1:${port}`, HOOKLINE_DATA_DIR: dir, HOOKLINE_ADMIN_PASSWORD: PASSWORD,
    TEMPORAL_ADDRESS: '127.0.0.1:1', HOOKLINE_LOG_LEVEL: 'error',
  };
  const child = new Child({ script: SERVER, env, cwd: dir });
  t.teardown(() => child.send('SIGKILL'));
  const api = new Api(`http://127.0.0.1:${port}`);
  await pollUntil('an answer of the API', async () => {
    if (!child.isRunning) throw new Error(child.output);
    return (await api.ask('GET', '/healthz').catch(() => undefined))?.status === 200;
  }, 90_000);
  await api.login('admin', PASSWORD);
  return { api, child };
}

test('two APIs with fifty writers each on one SQLite file answer every push with 202', async (t) => {
  t.timeout(170_000);
  const dir = await tempDir(t);
  const first = await startServer(t, dir);
  const { api } = first;
  const servers = [first, await startServer(t, dir)];
  const { path } = await api.createRepository();
  const statuses = await Promise.all(servers.flatMap((server, nth) => Array.from({ length: WRITERS }, async (_, writer) => {
    const seen: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      seen.push((await server.api.ask<PushView>('POST', `${path}/pushes/`, { tag: `t${nth}-${writer}-${round}` })).status);
    }
    return seen;
  })));
  t.deepEqual([...new Set(statuses.flat())], [202]);
  t.is((await api.get<{ count: number }>(`${path}/pushes/?page_size=1`)).count, 2 * WRITERS * ROUNDS);
  for (const { child } of servers) {
    t.is(await child.kill('SIGTERM'), 0);
    t.is(child.output, '');
  }
});

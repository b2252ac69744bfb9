import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import test from 'ava';
import { ProgramUnavailableError } from '../../programs/errors.js';
import { pollUntil } from '../helpers/poll.js';
import { freePort, tempDir } from '../helpers/ports.js';
import { connectTo, isAlive, SETTINGS, startTestServer, stopAll } from './testServer.js';

test.after.always(stopAll);

async function listWorkflowIds(address: string): Promise<string[]> {
  const client = new Client({ connection: await connectTo({ address }) });
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list()) ids.push(workflowId);
  return ids;
}

test('the server starts, shows its Web UI, and its state survives a stop', async (t) => {
  const dataDir = join(await tempDir(t), 'made');
  const first = await startTestServer({ dataDir });
  t.is((await fetch(first.uiUrl)).status, 200);
  t.true(isAlive(first.pid() ?? 0));
  const client = new Client({ connection: await connectTo(first) });
  await client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'nobody' });
  const pid = first.pid() ?? 0;
  await first.stop();
  t.false(isAlive(pid));
  t.is(first.pid(), undefined);
  t.false(existsSync(join(dataDir, 'temporal.pid')));
  const second = await startTestServer({ dataDir });
  t.deepEqual(await pollUntil('the kept workflow', async () => {
    const ids = await listWorkflowIds(second.address);
    return ids.length > 0 && ids;
  }), ['kept']);
});

test('a server killed by SIGKILL is started again on the same port and file', async (t) => {
  const states: string[] = [];
  const server = await startTestServer({ dataDir: await tempDir(t), onState: (state) => states.push(state) });
  const client = new Client({ connection: await connectTo(server) });
  await client.workflow.start('anything', { workflowId: 'kept', taskQueue: 'nobody' });
  const pid = server.pid() ?? 0;
  process.kill(pid, 'SIGKILL');
  await pollUntil('another server', async () => states.length === 3 && server.pid() !== pid);
  t.is((await client.workflow.getHandle('kept').describe()).status.name, 'RUNNING');
  await server.stop();
  t.deepEqual(states, ['ready', 'down', 'ready', 'stopped']);
});

test('a stop while the server is down ends the restarts', async (t) => {
  const states: string[] = [];
  const server = await startTestServer({ dataDir: await tempDir(t), onState: (state) => states.push(state) });
  process.kill(server.pid() ?? 0, 'SIGKILL');
  await pollUntil('the end of the server', async () => states.includes('down'));
  await server.stop();
  t.deepEqual(states, ['ready', 'down', 'stopped']);
});

for (const { name, setting } of [
  { name: 'port', setting: /TEMPORAL_ADDRESS=127.0.0.1:\d+ .*HOOKLINE_TEMPORAL_PORT/ },
  { name: 'uiPort', setting: /HOOKLINE_TEMPORAL_UI_PORT/ },
] as const) {
  test(`a taken ${name} is said in one sentence with the port and the setting`, async (t) => {
    const port = await freePort();
    const listener = createServer().listen(port, '127.0.0.1');
    await once(listener, 'listening');
    t.teardown(() => listener.close());
    const start = startTestServer({ dataDir: await tempDir(t), [name]: port });
    const { message } = await t.throwsAsync(start, { instanceOf: ProgramUnavailableError });
    t.true(message.startsWith(`Port ${port} on 127.0.0.1 is taken`), message);
    t.regex(message, setting);
  });
}

test('a server that refuses to start is reported with its own last lines', async (t) => {
  const settings = { ...SETTINGS, searchAttributes: { Odd: 'Nothing' as 'Keyword' } };
  const start = startTestServer({ dataDir: await tempDir(t), settings });
  const { message } = await t.throwsAsync(start, { instanceOf: ProgramUnavailableError });
  t.regex(message, /did not start: exit code 1\.\n.*Nothing/s);
});

test('the server of a killed process is stopped by the next start; that of a living one is not', async (t) => {
  const dataDir = await tempDir(t);
  const owner = fork(fileURLToPath(new URL('./ownServer.js', import.meta.url)), [dataDir]);
  t.teardown(() => owner.kill('SIGKILL'));
  await once(owner, 'message');
  const [orphan = 0] = readFileSync(join(dataDir, 'temporal.pid'), 'utf8').split('\n').map(Number);
  const refused = await t.throwsAsync(startTestServer({ dataDir }), { instanceOf: ProgramUnavailableError });
  t.regex(refused.message, new RegExp(`in use by another Hookline \\(process ${owner.pid}\\)`));
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  t.true(isAlive(orphan));
  const server = await startTestServer({ dataDir });
  t.false(isAlive(orphan));
  t.not(server.pid(), orphan);
});

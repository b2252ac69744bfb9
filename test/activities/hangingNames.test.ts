import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createAddressGuard, createHostResolver } from '../../address.js';
import { createPoster } from '../../activities/post.js';
import { checkPassword } from '../../api/passwords.js';
import { QUICK_HASH } from '../helpers/builders.js';
import { openTestDatabase } from '../helpers/database.js';
import { pollUntil } from '../helpers/poll.js';

const NAMES = 50;

/** A name server that takes questions and answers none; `asked` holds the names. */
async function startSilentServer(t: ExecutionContext) {
  const asked = new Set<string>();
  const socket = createSocket('udp4', (question) => void asked.add(/h\d+/.exec(question.toString('latin1'))?.[0] ?? ''));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return { asked, address: `127.0.0.1:${socket.address().port}` };
}

async function startHealthy(t: ExecutionContext): Promise<string> {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test('fifty names that hang hold up neither logins, database, files nor other calls, and end as dns_failed', async (t) => {
  const server = await startSilentServer(t);
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'], resolve: createHostResolver({ servers: [server.address] }) });
  const poster = createPoster({ guard });
  t.teardown(() => poster.close());
  const [db, url] = [await openTestDatabase(t), await startHealthy(t)];
  const call = (target: string) => poster.post({ url: target, headers: {}, body: '{}' });
  const hanging = Promise.all(Array.from({ length: NAMES }, (_, index) => call(`http://h${index}.hang.example/`)));
  await pollUntil('all fifty to be asked for at once', async () => server.asked.size === NAMES);
  const healthy = Promise.all([
    checkPassword('password', QUICK_HASH), db('users').count(), readFile(new URL(import.meta.url)), call(url),
  ]).then(([isRight, , , { kind }]) => ({ isRight, kind }));
  t.deepEqual(await Promise.race([healthy, hanging]), { isRight: true, kind: 'answered' });
  for (const result of await hanging) t.like(result, { kind: 'failed', error: 'dns_failed' });
});

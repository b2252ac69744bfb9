import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { ApplicationFailure } from '@temporalio/activity';
import { createHands } from '../../activities/hands.js';
import type { Hub } from '../../activities/hub.js';
import { findRunHistory } from '../../db/history.js';
import { buildRun, must, pick } from '../helpers/builders.js';
import { openTestDatabase } from '../helpers/database.js';
import { openActivityHub } from './hub.js';
import { HOSTILE_RECEIVERS } from './hostileReceivers.js';

const DEADLINE = 3000;
const KEPT = 65_536;
/** An inflated bomb would be 200 MB, an endless body without end. */
const MOST_MEMORY = 100 * 1024 * 1024;

async function listen(t: ExecutionContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function openHub(t: ExecutionContext): Promise<Hub> {
  const db = await openTestDatabase(t);
  return openActivityHub(t, db, { deadline: DEADLINE });
}

/** Delivers once; answers what the activity ended with and the attempt as the history holds it. */
async function deliverOnce(hub: Hub, hook_url: string) {
  const { run, repository, deliveries } = await buildRun(hub.db, { webhooks: [{ hook_url }] });
  const outcome = await createHands(hub).deliver(pick(deliveries).id).catch((error: unknown) => error);
  const history = must(await findRunHistory(hub.db, repository.id, run.id), 'a run');
  const delivery = pick(history.deliveries);
  return { outcome, delivery, attempts: delivery.attempts };
}

for (const { name, server, scheme = 'http', expected } of HOSTILE_RECEIVERS) {
  test(`a receiver that ${name}: ${expected.error ?? `status ${expected.status}`}, ${expected.after}`, async (t) => {
    const hub = await openHub(t);
    const port = await listen(t, server());
    const before = process.memoryUsage().rss;
    const { outcome, delivery, attempts } = await deliverOnce(hub, `${scheme}://127.0.0.1:${port}/hook`);
    t.true(process.memoryUsage().rss - before < MOST_MEMORY);
    t.is(attempts.length, 1);
    const { status, error, duration_ms, response_body } = pick(attempts);
    t.deepEqual({ status, error }, { status: expected.status, error: expected.error });
    t.is(typeof duration_ms, 'number', 'it ended, and that is on record');
    t.true(Buffer.byteLength(response_body ?? '') <= KEPT);
    const isRetried = outcome instanceof ApplicationFailure && Number(outcome.nextRetryDelay) > 0;
    t.is(isRetried ? 'retry' : (delivery.reason ?? delivery.state), expected.after);
  });
}

import test from 'ava';
import { closeDelivery, findDelivery } from '../../db/deliveries.js';
import { callbackPath, startApi } from '../helpers/api.js';
import { advanceToWaiting, buildRun, pick } from '../helpers/builders.js';
import { drawGuess } from './callbackGuesses.js';
import { fuzz } from './fuzz.js';

const BODIES = 4000;
const SEED = 20_261_125;

/** The short form of `npm run check:fuzz`. */
test('four thousand callbacks of every kind: each is answered as its kind must be, and the hub lives on', async (t) => {
  const api = await startApi(t);
  const { repository, deliveries } = await buildRun(api.db, { webhooks: 2 });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  const late = await buildRun(api.db);
  const over = await advanceToWaiting(api.db, pick(late.deliveries).id);
  await closeDelivery(api.db, { id: over.id, state: 'error', reason: 'callback_timeout' });
  const open = callbackPath(repository, id);
  const paths = [open, callbackPath(late.repository, over.id), open.replace(/.{4}\/$/, 'AAAA/')];
  const report = await fuzz({ port: api.port, paths, bodies: BODIES, seed: SEED, connections: 4 });
  t.deepEqual(report.faults, []);
  t.is(report.tried, BODIES);
  for (const status of [200, 400, 404, 409, 410, 413, 415]) t.true((report.statuses[status] ?? 0) > 0, `${status} was never answered`);
  t.true(['success', 'failure', 'error'].includes((await findDelivery(api.db, id))?.state ?? ''));
  t.is(({} as { state?: string }).state, undefined);
});

test('two thousand guesses at the token of a delivery that waits: each looks missing, and the delivery waits on', async (t) => {
  const api = await startApi(t);
  const { repository, deliveries } = await buildRun(api.db, { webhooks: 2 });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  const report = await fuzz({ port: api.port, paths: [callbackPath(repository, id)], bodies: 2000, seed: SEED, connections: 4, draw: drawGuess });
  t.deepEqual(report.faults, []);
  t.deepEqual(report.statuses, { 404: 2000 });
  t.is(Object.keys(report.kinds).length, 7);
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
});

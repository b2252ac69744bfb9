import test from 'ava';
import fc from 'fast-check';
import { buildPlace, describeHook, startApi, type TestApi } from '../helpers/api.js';
import { COMMANDS, type Place } from './callbackModel.js';

const SEED = 20_261_125;
const RUNS = 30;

/** A repository of a tenant of its own, with a chain of three. */
async function openPlace(api: TestApi): Promise<Place> {
  const { path, token, repository: { namespace, name } } = await buildPlace(api);
  const body = { name: 'chain', webhooks: [describeHook(), describeHook(), describeHook()] };
  const answer = await api.request('POST', `${path}/webhook_pipeline`, { token, body });
  if (answer.status !== 201) throw new Error(answer.text);
  return { path, token, namespace, name };
}

test('callbacks in any order, from anybody, are answered and remembered as the model says', async (t) => {
  t.timeout(600_000);
  const api = await startApi(t);
  const property = fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: 40, size: 'max' }), async (commands) => {
    const real = { api, places: [await openPlace(api), await openPlace(api)] };
    await fc.asyncModelRun(() => ({ model: { runs: [] }, real }), commands);
  });
  await t.notThrowsAsync(fc.assert(property, { seed: SEED, numRuns: RUNS }));
});

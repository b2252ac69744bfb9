import { randomInt } from 'node:crypto';
import test from 'ava';
import { destroyAll } from '../helpers/hub.js';
import { stopAll } from '../temporal/testServer.js';
import { runCampaign } from './campaign.js';
import { Random } from './random.js';
import type { Topology } from './stage.js';

const ROUNDS = 2;
/** A machine under load starts processes slowly. */
const LIMIT_MS = 900_000;

test.after.always(stopAll);
test.after.always(destroyAll);

for (const topology of ['all-in-one', 'split'] satisfies Topology[]) {
  test.serial(`a few rounds of faults under load break no promise (${topology}; npm run check:faults does more of them)`, async (t) => {
    t.timeout(LIMIT_MS);
    const seed = String(randomInt(1_000_000));
    const random = new Random(`${seed}/${topology}`);
    const say = (line: string) => t.log(line);
    say(`seed ${seed}`);
    const { violations, figures, rounds } = await runCampaign({ topology, database: 'sqlite', rounds: ROUNDS, window: ROUNDS, random, say });
    t.deepEqual(violations, []);
    t.is(rounds, ROUNDS);
    t.true(figures.pushes > 0 && figures.calls > 0 && figures.callbacks > 0, JSON.stringify(figures));
  });
}

import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSplitHub, type SplitHub } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { testWith } from '../helpers/programs.js';
import { stopAll } from '../temporal/testServer.js';
import test from 'ava';
import { summarize } from './api.js';
import { buildScenario, HAPPY, QUIET } from './scenario.js';

const HOUR = 3_600_000;
const THREE_GOOD = { state: 'success', deliveries: ['success', 'success', 'success'] };

test.after.always(stopAll);

/** Settings under which a process takes its wall clock, and nothing else, from a file that says how far off it is. */
function describeClock(file: string): Record<string, string> {
  const library = execFileSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], { encoding: 'utf8' }).trim();
  return { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_CACHE_DURATION: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
}

/** Sets the clock of API and worker so many hours off the true one, once the API shows it. */
async function jump({ url }: SplitHub, file: string, hours: number): Promise<void> {
  await writeFile(file, `${hours < 0 ? '-' : '+'}${Math.abs(hours) * 3600}`);
  await pollUntil(`a clock ${hours} hours off`, async () => {
    const { headers } = await fetch(`${url}/healthz`, { headers: { connection: 'close' } });
    return Math.abs(Date.parse(headers.get('date') ?? '') - Date.now() - hours * HOUR) < HOUR / 4;
  });
}

testWith('faketime')('clocks that jump an hour, back again and two days move no deadline, lose no callback and repeat no call', async (t) => {
  t.timeout(170_000);
  const file = join(await tempDir(t), 'clock');
  await writeFile(file, '+0');
  const hub = await startSplitHub(t, { env: describeClock(file) });
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');

  await jump(hub, file, 1);
  t.is((await receiver(1).callBack('success')).status, 200);
  await repository.waitForDelivery(id, 2, 'waiting');

  await jump(hub, file, -1);
  const short = await buildScenario(t, hub.api, [QUIET, HAPPY], { webhooks: [{ callback_timeout: '10s' }] });
  const timed = await short.repository.pushOnce();
  await short.repository.waitForDelivery(timed, 1, 'waiting');

  await jump(hub, file, 48);
  await hub.api.login('admin', 'correct horse battery');
  t.deepEqual(summarize(await short.repository.waitForEnd(timed)), { state: 'error', deliveries: ['error callback_timeout', 'skipped chain_interrupted'] });
  const run = await repository.run(id);
  t.deepEqual(summarize(run), { state: 'running', deliveries: ['success', 'waiting', 'pending'] }, 'nobody swept it away');
  t.is((await receiver(2).callBack('success')).status, 200);
  const end = await repository.waitForEnd(id);
  t.deepEqual(summarize(end), THREE_GOOD);
  t.deepEqual(end.deliveries.map(({ position, attempts }) => [position, attempts.map(({ number }) => number)]), [[1, [1]], [2, [1]], [3, [1]]]);

  await jump(hub, file, 0);
  const later = await repository.pushOnce();
  await repository.waitForDelivery(later, 1, 'waiting');
  t.deepEqual(calls(), [2, 1, 1]);
  t.deepEqual(short.calls(), [1, 0]);
});

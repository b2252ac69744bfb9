import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { VERSION } from '../../version.js';
import { stopAll } from '../temporal/testServer.js';
import { startBench } from './bench.js';
import { HISTORIES } from './histories.js';
import { playScenario, SCENARIOS } from './scenarios.js';

/** Stack traces name folders of the machine, and no replay reads them. */
function dropStacks(key: string, value: unknown): unknown {
  return key === 'stackTrace' ? undefined : value;
}

/**
 * Records the histories of this version, on a real server. To be run before a release, once: what has shipped is
 * replayed by every later version and is not recorded again.
 */
const folder = join(HISTORIES, VERSION);
mkdirSync(folder, { recursive: true });
// No name of this machine or process is to stand in what is committed.
const bench = await startBench('recorder');
try {
  for (const scenario of SCENARIOS) {
    const { handle } = await playScenario(bench, scenario);
    const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()), dropStacks);
    writeFileSync(join(folder, `${scenario.name}.json`), `${JSON.stringify(history, null, 1)}\n`);
    console.log(`recorded ${scenario.name}`);
  }
} finally {
  await bench.close();
  await stopAll();
}

import { testWith } from '../helpers/programs.js';
import { tempDir } from '../helpers/ports.js';
import { prepareDrill } from './diskDrill.js';

/** Syncs at which the API dies: while it starts, and early and late under load. */
const SYNCS = [3, 11, 24, 38];

testWith('strace')('what an API acknowledged is on disk, whichever sync of the disk it is killed at', async (t) => {
  t.timeout(170_000);
  const drill = await prepareDrill(await tempDir(t));
  let acknowledged = 0;
  for (const nth of SYNCS) acknowledged += (await drill.runRound(nth)).acknowledged;
  t.true(acknowledged > 20, `${acknowledged} acknowledged`);
});

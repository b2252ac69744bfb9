// npm run check:disk [-- ROUNDS]: an API under pushes and callbacks, killed at one sync of its disk after the other;
// after each, everything that it had acknowledged must be there. Default 60 rounds, some minutes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool, say, ToolError } from './run.mjs';

const FIRST_SYNC = 2;

await runTool(async () => {
  const rounds = Number(process.argv[2] ?? 60);
  if (!(rounds >= 1 && rounds <= 1000)) throw new ToolError('Write: npm run check:disk [-- ROUNDS], 1 to 1000');
  await ensureInstalled();
  await ensureBuilt();
  const { prepareDrill } = await importBuilt('test/db/diskDrill.js');
  const dir = mkdtempSync(join(tmpdir(), 'hookline-disk-'));
  const sum = { acknowledged: 0, unanswered: 0 };
  const started = Date.now();
  const drill = await prepareDrill(dir);
  try {
    for (let nth = FIRST_SYNC; nth < FIRST_SYNC + rounds; nth += 1) {
      const round = await drill.runRound(nth);
      sum.acknowledged += round.acknowledged;
      sum.unanswered += round.unanswered;
      say(`killed at sync ${nth}: ${round.acknowledged} acknowledged and found, ${round.unanswered} found that were not answered`);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  say(`${rounds} kills in ${Math.round((Date.now() - started) / 1000)} s: ${sum.acknowledged} acknowledged, 0 lost, ${sum.unanswered} committed and not answered, the file sound each time.`);
});

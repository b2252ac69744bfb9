// npm run screenshots [-- PAGE…]: every page in light, dark and on a phone, as docs/screenshots/*.png, of a hub with people in it.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { ensurePrograms } from './packages.mjs';
import { fromRoot, run, runTool } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  await ensurePrograms();
  return run(process.execPath, [fromRoot('dist', 'test', 'web', 'screenshots.js'), ...process.argv.slice(2)]);
});

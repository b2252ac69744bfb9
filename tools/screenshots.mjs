// npm run screenshots [-- PAGE…]: every page in light, dark and on a phone, as docs/screenshots/*.png, of a hub with people in it.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { ensurePrograms } from './packages.mjs';
import { fromRoot, run, runTool, say } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

const FOLDER = fromRoot('docs', 'screenshots');

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  await ensurePrograms();
  const code = await run(process.execPath, [fromRoot('dist', 'test', 'web', 'screenshots.js'), ...process.argv.slice(2)]);
  shrink();
  return code;
});

/** Pictures of pages have few colours: with a palette they take a third. */
function shrink() {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.png')).map((name) => join(FOLDER, name));
  const { error } = spawnSync('pngquant', ['--force', '--skip-if-larger', '--strip', '--ext', '.png', '--', ...files]);
  if (error) say('The pictures stay as large as they are: there is no pngquant on PATH (Debian: apt-get install pngquant).');
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProjectRoot } from '../../programs/root.js';
import { destroyAll } from '../helpers/hub.js';
import { fillPath, PAGES } from './pages.js';
import { buildScene } from './scene.js';
import { startSite, type Site } from './site.js';

const FOLDER = join(findProjectRoot(), 'docs', 'screenshots');
/** How each page is looked at. */
const LOOKS = [
  { name: 'light', context: { colorScheme: 'light', viewport: { width: 1120, height: 760 } } },
  { name: 'dark', context: { colorScheme: 'dark', viewport: { width: 1120, height: 760 } } },
  { name: 'phone', context: { colorScheme: 'light', viewport: { width: 390, height: 780 } } },
] as const;

const cleanings: (() => Promise<void>)[] = [];
const owner = { passed: true, log: console.log, teardown: (clean: () => Promise<void>) => void cleanings.unshift(clean) };

/** Takes every page in every look. Names on the command line limit it to these pages. */
async function takeAll({ visit }: Site, values: Readonly<Record<string, string>>): Promise<void> {
  const wanted = process.argv.slice(2);
  for (const { name: look, context } of LOOKS) {
    for (const { name, path, as, isWhole = false } of PAGES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      const visitor = await visit({ context: { ...context, reducedMotion: 'reduce' }, ...(as === undefined ? {} : { as }) });
      await visitor.go(fillPath(path, values));
      await visitor.page.evaluate('document.fonts.ready.then(() => undefined)');
      await visitor.page.screenshot({ path: join(FOLDER, `${name}-${look}.png`), fullPage: isWhole });
      await visitor.context.close();
      console.log(`${name}-${look}.png${visitor.faults.length > 0 ? ` FAULTS: ${visitor.faults.join('; ')}` : ''}`);
    }
  }
}

try {
  await mkdir(FOLDER, { recursive: true });
  const site = await startSite(owner);
  const { values } = await buildScene(site.api, owner);
  await takeAll(site, values);
} finally {
  for (const clean of cleanings) await clean();
  await destroyAll();
}

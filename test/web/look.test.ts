import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import test from 'ava';
import { findProjectRoot } from '../../programs/root.js';
import { testWith } from '../helpers/programs.js';
import { startApi } from '../helpers/api.js';
import { fillPath, PAGES } from './pages.js';
import { buildScene } from './scene.js';
import { startSite, type Visit } from './site.js';

/** The first page with all that it loads, compressed, in bytes. */
const MOST = 150_000;
const PAGES_FOLDER = join(findProjectRoot(), 'dist', 'web');

/** Every rule is tried once; the other colours and the narrow page have what depends on them tried again. */
const LOOKS = [
  { name: 'light', context: { colorScheme: 'light', reducedMotion: 'reduce' }, rules: undefined },
  { name: 'dark phone', context: { colorScheme: 'dark', reducedMotion: 'reduce', viewport: { width: 390, height: 780 } }, rules: ['color-contrast', 'target-size', 'scrollable-region-focusable'] },
] as const;

/** What is wrong with a page: for those who do not see it or have no mouse, with its width, its policy, and where it asks. */
async function listFaults({ page, faults, requests }: Visit, url: string, rules: readonly string[] | undefined): Promise<string[]> {
  const builder = new AxeBuilder({ page });
  const { violations } = await (rules ? builder.withRules([...rules]) : builder).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const width = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  return [
    ...grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), ...faults.splice(0),
    ...requests.splice(0).filter((asked) => !asked.startsWith(url)).map((asked) => `asks ${asked}`),
    ...(width > 0 ? [`${width} pixels too wide`] : []),
  ];
}

testWith('chromium')('every page: no serious fault by axe, light, dark and on a phone; nothing is asked of another host, nothing refused by the policy', async (t) => {
  t.timeout(600_000);
  const site = await startSite(t);
  const { values } = await buildScene(site.api, t);
  const found: string[] = [];
  for (const look of LOOKS) {
    const visitors = new Map<string, Visit>();
    for (const { name, path, as } of PAGES) {
      const visitor = visitors.get(as ?? '') ?? (await site.visit({ context: look.context, ...(as === undefined ? {} : { as }) }));
      visitors.set(as ?? '', visitor);
      await visitor.go(fillPath(path, values));
      found.push(...(await listFaults(visitor, site.hub.url, look.rules)).map((fault) => `${name}, ${look.name}: ${fault}`));
    }
  }
  t.deepEqual(found, []);
});

test('the first page with its script, style and letters is below 150 kB', async (t) => {
  const api = await startApi(t, { pages: PAGES_FOLDER });
  const html = readFileSync(join(PAGES_FOLDER, 'index.html'), 'utf8');
  const files = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file = '']) => file);
  const style = readFileSync(join(PAGES_FOLDER, files.find((file) => file.endsWith('.css')) ?? ''), 'utf8');
  const letters = [...style.matchAll(/url\((\/assets\/inter-latin-wght[^)]+)\)/g)].map(([, file = '']) => file);
  t.true(files.length >= 3 && letters.length === 1);
  let bytes = 0;
  for (const path of ['/', ...files, ...letters]) {
    const response = await fetch(`http://127.0.0.1:${api.port}${path}`, { headers: { accept: path === '/' ? 'text/html' : '*/*', 'accept-encoding': 'br' } });
    t.is(response.status, 200, path);
    bytes += Number(response.headers.get('content-length'));
  }
  t.log(`${bytes} bytes`);
  t.true(bytes > 10_000 && bytes < MOST, `${bytes} bytes`);
});

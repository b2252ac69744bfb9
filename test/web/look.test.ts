import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import test from 'ava';
import { findProjectRoot } from '../../programs/root.js';
import { testWith } from '../helpers/programs.js';
import { startApi } from '../helpers/api.js';
import { fillPath, PAGES } from './pages.js';
import { buildScene } from './scene.js';
import { startSite } from './site.js';

/** The first page with all that it loads, compressed, in bytes. */
const MOST = 150_000;
const PAGES_FOLDER = join(findProjectRoot(), 'dist', 'web');

testWith('chromium')('every page: no serious fault by axe, light, dark and on a phone; nothing is asked of another host, nothing refused by the policy', async (t) => {
  t.timeout(600_000);
  const site = await startSite(t);
  const { values } = await buildScene(site.api, t);
  for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark', viewport: { width: 390, height: 780 } }] as const) {
    for (const { name, path, as } of PAGES) {
      const { page, context, faults, requests, go } = await site.visit({ context: { ...look, reducedMotion: 'reduce' }, ...(as === undefined ? {} : { as }) });
      await go(fillPath(path, values));
      const { violations } = await new AxeBuilder({ page }).analyze();
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      t.deepEqual(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`), [], `${name} ${look.colorScheme}`);
      t.deepEqual(faults, [], name);
      t.deepEqual(requests.filter((url) => !url.startsWith(site.hub.url)), [], name);
      const width = await page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      t.true(width <= 0, `${name} ${look.colorScheme} is ${width} pixels too wide`);
      await context.close();
    }
  }
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

import { join } from 'node:path';
import { findProjectRoot } from '../../programs/root.js';
import { startApi } from '../helpers/api.js';
import { startBrowser } from '../helpers/browser.js';
import { testWith } from '../helpers/programs.js';

testWith('chromium')('language and colours follow the visitor, can be chosen, and stay chosen', async (t) => {
  const { port } = await startApi(t, { pages: join(findProjectRoot(), 'dist', 'web') });
  const browser = await startBrowser(t);
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}`, locale: 'zh-CN', colorScheme: 'dark' });
  const page = await context.newPage();
  const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  await page.goto('/');
  await page.getByRole('heading', { name: '浏览' }).waitFor();
  t.is(await page.locator('html').getAttribute('lang'), 'zh-Hans');
  const dark = await ground();
  await page.getByRole('combobox', { name: '语言' }).selectOption('en');
  await page.getByRole('heading', { name: 'Explore' }).waitFor();
  t.is(await page.locator('html').getAttribute('lang'), 'en');
  await page.getByRole('button', { name: 'Light' }).click();
  const light = await ground();
  t.not(light, dark);
  await page.reload();
  await page.getByRole('heading', { name: 'Explore' }).waitFor();
  t.is(await ground(), light);
  t.is(await page.getByRole('button', { name: 'Light' }).getAttribute('aria-pressed'), 'true');
});

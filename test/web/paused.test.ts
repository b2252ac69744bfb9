import { join } from 'node:path';
import { recordFailure } from '../../db/endpoints.js';
import { findProjectRoot } from '../../programs/root.js';
import { startApi } from '../helpers/api.js';
import { startBrowser } from '../helpers/browser.js';
import { buildChain, buildUser, pick } from '../helpers/builders.js';
import { testWith } from '../helpers/programs.js';

testWith('chromium')('the administrator sees a paused endpoint and resumes it', async (t) => {
  t.timeout(240_000);
  const api = await startApi(t, { pages: join(findProjectRoot(), 'dist', 'web') });
  const { db, port } = api;
  const admin = await buildUser(db, { is_admin: true });
  const { webhooks } = await buildChain(db, { webhooks: [{ hook_url: 'https://ci.example:8443/hook' }] });
  const { id } = pick(webhooks);
  await recordFailure(db, id, () => ({ failures: 7, paused_since: '2026-11-25T12:00:00.000Z', paused_until: '2126-11-25T12:30:00.000Z', pause_reason: 'timeout' }));
  const browser = await startBrowser(t);
  // How one signs in is tried elsewhere.
  const extraHTTPHeaders = { authorization: `Bearer ${await api.login(admin)}` };
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}`, locale: 'en-GB', extraHTTPHeaders });
  const page = await context.newPage();
  await page.goto('/admin');
  await page.getByRole('listitem').filter({ hasText: 'Paused endpoints' }).getByText('1', { exact: true }).click();
  await page.getByText('ci.example:8443').waitFor();
  await page.getByRole('button', { name: 'Resume calls to ci.example:8443' }).click();
  await page.getByText('No endpoint is paused').waitFor();
  t.is((await db('webhooks').where({ id }).first<{ paused_until: string | null }>('paused_until')).paused_until, null);
});

import type { ChainView } from '../e2e/api.js';
import { testWith } from '../helpers/programs.js';
import { startSite } from './site.js';

testWith('chromium')('a chain is made, put in order and saved with the keyboard alone; faults stand beside their fields, secrets are shown once', async (t) => {
  t.timeout(240_000);
  const { api, visit } = await startSite(t);
  await api.createRepository({ name: 'app' });
  const { page, faults, go } = await visit({ as: 'admin' });
  await go('/r/admin/app/new-chain');
  const type = (text: string) => page.keyboard.type(text);
  const focusOf = (text: string) => page.locator(`:focus:is([name="${text}"])`).waitFor();
  await focusOf('name');
  await type('ship');
  for (const [index, name] of ['deploy', 'tests'].entries()) {
    if (index > 0) await page.getByRole('button', { name: 'Add webhook' }).press('Enter');
    else await page.locator('[name="webhooks[0].name"]').focus();
    await focusOf(`webhooks[${index}].name`);
    await type(name);
    await page.keyboard.press('Tab');
    await focusOf(`webhooks[${index}].hook_url`);
    await type(index === 0 ? 'http://10.0.0.1/deploy' : 'http://127.0.0.1:8999/tests');
  }
  await page.keyboard.press('Alt+ArrowUp');
  // The card was moved and the focus went along.
  await focusOf('webhooks[0].hook_url');
  await page.getByText('tests is now 1 of 2.').waitFor({ state: 'attached' });
  await page.keyboard.press('Enter');
  await page.locator('.field').filter({ has: page.locator('[name="webhooks[1].hook_url"]') }).getByText(/10\.0\.0\.1/).waitFor();
  t.is(await page.locator('[name="webhooks[1].hook_url"]').getAttribute('aria-invalid'), 'true');
  await page.locator('[name="webhooks[1].hook_url"]').fill('http://127.0.0.1:8999/deploy');
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: 'Secrets, shown this once' }).waitFor();
  const { results: [chain] } = await api.get<{ results: ChainView[] }>('/v2/repositories/admin/app/webhook_pipeline');
  t.deepEqual(chain?.webhooks.map(({ name, hook_url }) => [name, hook_url]), [['tests', 'http://127.0.0.1:8999/tests'], ['deploy', 'http://127.0.0.1:8999/deploy']]);
  t.is(await page.getByText(/^whsec_/).count(), 2);
  await page.reload();
  await page.goto(`/r/admin/app/webhooks/${chain?.slug ?? ''}`);
  await page.locator('[name="webhooks[1].name"]').waitFor();
  t.is(await page.getByText(/^whsec_/).count(), 0);
  await page.getByRole('button', { name: 'New secret' }).first().press('Enter');
  await page.getByText(/^whsec_/).waitFor();
  t.deepEqual(faults, []);
});

testWith('chromium')('webhooks are put in order by dragging their grips', async (t) => {
  t.timeout(240_000);
  const { api, visit } = await startSite(t);
  await api.createRepository({ name: 'app' });
  const webhooks = ['one', 'two', 'three'].map((name) => ({ name, hook_url: 'http://127.0.0.1:8999/' }));
  await api.post('/v2/repositories/admin/app/webhook_pipeline', { name: 'ship', webhooks });
  const { page, faults, go } = await visit({ as: 'admin' });
  await go('/r/admin/app/webhooks/ship');
  const cards = page.locator('.webhook-card');
  await cards.nth(2).locator('.grip').dragTo(cards.nth(0));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Chain ship is saved.').waitFor();
  const { webhooks: saved } = await api.get<ChainView>('/v2/repositories/admin/app/webhook_pipeline/ship');
  t.deepEqual(saved.map(({ name }) => name), ['three', 'one', 'two']);
  t.deepEqual(faults, []);
});

import { startReceiver } from '../helpers/receiver.js';
import { testWith } from '../helpers/programs.js';
import { startSite } from './site.js';

testWith('chromium')('a chain of three that fails at two is resumed and completed before the eyes of whoever looks, without a reload', async (t) => {
  t.timeout(240_000);
  const { api, visit } = await startSite(t, { env: { HOOKLINE_TEMPORAL_UI_URL: 'http://temporal.internal:8080/ui/' } });
  const repository = await api.createRepository({ name: 'app' });
  const receivers = [await startReceiver(t, { callback: 'success' }), await startReceiver(t), await startReceiver(t, { callback: 'success' })];
  const [, second] = receivers;
  await repository.createChain(receivers, { name: 'ship' });
  const { page, faults, requests, go } = await visit({ as: 'admin' });
  await go('/r/admin/app/history');
  await page.getByText('No runs yet').waitFor();
  const id = await repository.pushOnce({ tag: '1.0' });
  // The list hears of the push by itself.
  await page.locator(`a[href$="/runs/${id}"]`).click();
  const hop = (name: string, state: string) => page.getByRole('list', { name: 'Chain ship' }).locator(`.is-${state}`).filter({ hasText: name }).waitFor();
  await hop('hook 2', 'waiting');
  await page.getByText('live', { exact: true }).waitFor();
  await second?.callBack('failure');
  await hop('hook 2', 'failure');
  await hop('hook 3', 'skipped');
  await page.getByText(/called back with failure\.$/).waitFor();
  await page.getByRole('button', { name: 'Resume from failed' }).click();
  await page.waitForURL((url) => url.pathname.includes('/runs/') && !url.pathname.endsWith(id));
  await hop('hook 1', 'success');
  await hop('hook 2', 'waiting');
  await second?.callBack('success', 2);
  await hop('hook 3', 'success');
  await page.getByRole('button', { name: 'Redeliver from start' }).waitFor();
  t.deepEqual(receivers.map((receiver) => receiver.requests.length), [1, 2, 1]);
  t.regex((await page.getByRole('link', { name: 'Workflow' }).getAttribute('href')) ?? '', /^http:\/\/temporal\.internal:8080\/ui\/namespaces\/[a-z]+\/workflows\/run%2Frun_[0-9a-f]+$/);
  await page.getByRole('button', { name: /hook 1/ }).click();
  await page.getByText('its result was carried over').waitFor();
  await page.getByRole('button', { name: /hook 3/ }).click();
  await page.getByText('webhook-signature').waitFor();
  t.is(requests.filter((url) => url.endsWith('/r/admin/app/history')).length, 1, 'nothing was loaded twice');
  t.is(requests.filter((url) => /\/r\/admin\/app\/runs\//.test(url)).length, 0, 'runs were reached without a new document');
  t.deepEqual(faults, []);
});

testWith('chromium')('whoever looks at an open run cancels it', async (t) => {
  t.timeout(240_000);
  const { api, visit } = await startSite(t);
  const repository = await api.createRepository({ name: 'app' });
  await repository.createChain([await startReceiver(t)], { expect_final_callback: true });
  const id = await repository.pushOnce();
  const { page, go } = await visit({ as: 'admin' });
  await go(`/r/admin/app/runs/${id}`);
  await page.getByText('The chain goes on when it calls back').waitFor();
  await page.getByRole('button', { name: 'Cancel run' }).click();
  await page.getByText('The run was canceled.').waitFor();
  t.is((await repository.run(id)).state, 'canceled');
});

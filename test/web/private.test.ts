import { startReceiver } from '../helpers/receiver.js';
import { testWith } from '../helpers/programs.js';
import { PASSWORD, startSite } from './site.js';

testWith('chromium')('a stranger sees nothing of a private repository, wherever it might show', async (t) => {
  t.timeout(240_000);
  const { api, visit } = await startSite(t);
  const name = 'hushhush';
  await api.post('/v2/repositories', { namespace: 'admin', name, description: 'confidential', is_private: true });
  await api.post('/v2/repositories/admin/hushhush/webhook_pipeline', { name: 'ship', webhooks: [{ name: 'silent', hook_url: (await startReceiver(t)).url }] });
  const { runs: [run] } = await api.post<{ runs: { id: string }[] }>('/v2/repositories/admin/hushhush/pushes', { tag: 'quiet' });
  await api.post('/v2/users', { username: 'stranger', email: 's@shop.example', password: PASSWORD });
  const paths = ['/', '/?by=-last_updated', '/search?q=hushhush', '/n/admin', '/r/admin/hushhush', '/r/admin/hushhush/webhooks', '/r/admin/hushhush/webhooks/ship', '/r/admin/hushhush/history', `/r/admin/hushhush/runs/${run?.id ?? ''}`, '/r/admin/nothere'];
  const told: string[] = [];
  for (const as of [undefined, 'stranger']) {
    const { page, go } = await visit(as === undefined ? {} : { as });
    page.on('response', (response) => void response.text().then((text) => (/confidential|silent|quiet/.test(text) ? told.push(response.url()) : 0), () => 0));
    for (const path of paths) {
      await go(path);
      const text = await page.locator('body').innerText();
      t.notRegex(text, /confidential|silent|quiet/, `${as ?? 'nobody'} at ${path}`);
      if (path.startsWith('/r/') && as !== undefined) t.regex(text, /This does not exist, or you may not see it/, path);
    }
  }
  t.deepEqual(told, []);
  const owner = await visit({ as: 'admin' });
  await owner.go('/search?q=hushhush');
  await owner.page.getByText('confidential').waitFor();
});

import { testWith } from '../helpers/programs.js';
import { postCallback, startReceiver } from '../helpers/receiver.js';
import { settle, startSite, type Visit } from './site.js';

/** What would tell if it ran, in the shapes that have run elsewhere; each is told by `window.ran` or by a request. */
const SCRIPT = '<img src=x onerror="window.ran=1"><script>window.ran=1</script><svg onload=window.ran=1>"\'><a href="javascript:window.ran=1">x</a>';
const README = `${SCRIPT}\n\n[click](javascript:window.ran=1) [data](data:text/html,<script>window.ran=1</script>) ![x](http://evil.example/x.png)\n\n<iframe srcdoc="<script>parent.ran=1</script>"></iframe>`;

/** Touches everything that stands in the page, as a curious reader would; links to other servers are not followed. */
const POKE = `for (const element of document.querySelectorAll('main *')) {
  const leads = element.closest('a')?.href ?? '';
  for (const type of ['mouseover', 'focus']) element.dispatchEvent(new MouseEvent(type, { bubbles: true }));
  if (/^javascript:|^data:/i.test(leads)) element.click();
}`;

/** That nothing ran, that no element came of text, and that nobody else was asked. */
async function inspect({ page, requests, faults }: Visit, url: string) {
  await settle(page);
  await page.evaluate(POKE);
  const ran = await page.evaluate('window.ran ?? 0');
  const stands = await page.locator('main :is(script, iframe, object, embed, img), main [onerror], main [onload], main a[href^="javascript:" i], main a[href^="data:" i]').count();
  return { ran, stands, elsewhere: requests.filter((asked) => !asked.startsWith(url)), faults };
}

const NOTHING = { ran: 0, stands: 0, elsewhere: [], faults: [] };

testWith('chromium')('script in a description, readme, comment, tag, callback or target_url does nothing', async (t) => {
  t.timeout(240_000);
  const { hub, api, visit } = await startSite(t);
  await api.post('/v2/repositories', { namespace: 'admin', name: 'app', description: SCRIPT.slice(0, 100), full_description: README });
  await api.post('/v2/repositories/admin/app/comments', { comment: SCRIPT });
  const receiver = await startReceiver(t);
  const webhooks = [{ name: SCRIPT.slice(0, 100), hook_url: receiver.url }];
  await api.post('/v2/repositories/admin/app/webhook_pipeline', { name: SCRIPT.slice(0, 100), webhooks, expect_final_callback: true });
  // A tag is letters, digits and three signs: what is more is refused before it is anywhere.
  t.is((await api.ask('POST', '/v2/repositories/admin/app/pushes', { tag: SCRIPT })).status, 400);
  const { runs: [run] } = await api.post<{ runs: { id: string }[] }>('/v2/repositories/admin/app/pushes', { tag: 'javascript_window.ran-1', media_type: SCRIPT, images: [{ digest: `sha256:${'a'.repeat(64)}`, os: SCRIPT.slice(0, 60), architecture: SCRIPT.slice(0, 60) }] });
  const { callback_url } = (await receiver.request()).payload;
  t.is((await postCallback(callback_url, { state: 'failure', target_url: 'javascript:window.ran=1' })).status, 400);
  t.is((await postCallback(callback_url, { state: 'failure', description: SCRIPT, context: SCRIPT.slice(0, 100), target_url: 'http://evil.example/"><script>window.ran=1</script>' })).status, 200);
  const visitor = await visit({ as: 'admin' });
  for (const path of ['/', '/search?q=app', `/search?q=${encodeURIComponent(SCRIPT)}`, '/n/admin', '/r/admin/app', '/r/admin/app/webhooks', '/r/admin/app/history', `/r/admin/app/runs/${run?.id ?? ''}`, `/signin?next=${encodeURIComponent('javascript:window.ran=1')}`, '/signin?next=//evil.example/']) {
    await visitor.page.goto(path);
    t.deepEqual(await inspect(visitor, hub.url), NOTHING, path);
    t.true(visitor.page.url().startsWith(hub.url), path);
  }
  await visitor.page.goto(`/r/admin/app/runs/${run?.id ?? ''}`);
  await visitor.page.getByText(/onerror=/).first().waitFor();
});

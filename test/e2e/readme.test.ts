import test from 'ava';
import { startHub } from '../helpers/hub.js';
import { HUB, listBlocks, runShell } from './readme.js';

const PASSWORD = 'the password of the README';

/** Lines of answers without what is another each time. */
function mask(text: string, url: string): string[] {
  const fixed = text.replaceAll(url, HUB).replaceAll(/"curl\/[^"]+"/g, '"curl"').replaceAll(/hlpat_[A-Za-z0-9_-]+/g, 'hlpat_…');
  const plain = fixed.replaceAll(/[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}/g, 'ID').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  return plain.split('\n').filter(Boolean);
}

test('the team of the README comes about as it is shown there', async (t) => {
  const { url, dataDir } = await startHub(t, { env: { HOOKLINE_ADMIN_PASSWORD: PASSWORD }, password: PASSWORD });
  const [prelude] = await listBlocks('A first chain by curl');
  const blocks = await listBlocks('A team by curl');
  const script = [
    (prelude?.text ?? '').replaceAll(HUB, url).replace('"password":"…"', `"password":"${PASSWORD}"`), 'echo BEGIN',
    ...blocks.filter(({ language }) => language === 'sh').map(({ text }) => text),
  ];
  const stdout = await runShell(script, { cwd: dataDir });
  const shown = blocks.filter(({ language }) => language === 'json').map(({ text }) => text).join('');
  t.true(mask(shown, url).length > 8);
  t.deepEqual(mask(stdout.split('BEGIN\n')[1] ?? '', url), mask(shown, url));
});

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import test from 'ava';
import { startHub } from '../helpers/hub.js';

const run = promisify(execFile);
const PASSWORD = 'the password of the README';
const HUB = 'http://127.0.0.1:7080';

interface Block {
  readonly language: string;
  readonly text: string;
}

/** The blocks of code between two headings. */
function listBlocks(readme: string, heading: string): Block[] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({ language, text }));
}

/** Lines of answers without what is another each time. */
function mask(text: string, url: string): string[] {
  const fixed = text.replaceAll(url, HUB).replaceAll(/"curl\/[^"]+"/g, '"curl"').replaceAll(/hlpat_[A-Za-z0-9_-]+/g, 'hlpat_…');
  const plain = fixed.replaceAll(/[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}/g, 'ID').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  return plain.split('\n').filter(Boolean);
}

test('the team of the README comes about as it is shown there', async (t) => {
  const { url, dataDir } = await startHub(t, { env: { HOOKLINE_ADMIN_PASSWORD: PASSWORD }, password: PASSWORD });
  const readme = await readFile('README.md', 'utf8');
  const [prelude] = listBlocks(readme, 'A first chain by curl');
  const blocks = listBlocks(readme, 'A team by curl');
  const script = [
    'set -e', prelude?.text.replaceAll(HUB, url).replace('"password":"…"', `"password":"${PASSWORD}"`), 'echo BEGIN',
    ...blocks.filter(({ language }) => language === 'sh').map(({ text }) => text),
  ];
  const { stdout } = await run('bash', ['-c', script.join('\n')], { cwd: dataDir });
  const shown = blocks.filter(({ language }) => language === 'json').map(({ text }) => text).join('');
  t.true(mask(shown, url).length > 8);
  t.deepEqual(mask(stdout.split('BEGIN\n')[1] ?? '', url), mask(shown, url));
});

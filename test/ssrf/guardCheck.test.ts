import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { findProjectRoot } from '../../programs/root.js';

test('each rule of the guard, taken out, is missed by the corpus', async (t) => {
  t.timeout(600_000);
  const tool = join(findProjectRoot(), 'tools', 'check-guard.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [tool, '--short'], { env: process.env });
  t.log(stdout.trim().split('\n').at(-1));
  t.regex(stdout, /^[5-9][0-9] rules taken out, [5-9][0-9] noticed, 0 not;/m);
});

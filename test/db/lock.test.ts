import { fork } from 'node:child_process';
import { once } from 'node:events';
import test from 'ava';
import { DataDirLockedError, lockDataDir } from '../../db/lock.js';
import { tempDir } from '../helpers/ports.js';

test('a second lock on a data directory is refused with a sentence that says what to do', async (t) => {
  const dir = await tempDir(t);
  const unlock = await lockDataDir(dir);
  const error = await t.throwsAsync(lockDataDir(dir), { instanceOf: DataDirLockedError });
  t.true(error.message.includes(`process ${process.pid}`));
  t.true(error.message.includes(`already serves ${dir}`));
  t.true(error.message.includes('HOOKLINE_DATA_DIR'));
  await unlock();
});

test('a lock that is given back can be taken again, and each directory has its own', async (t) => {
  const [one, other] = [await tempDir(t), await tempDir(t)];
  await (await lockDataDir(one))();
  const unlocks = [await lockDataDir(one), await lockDataDir(other)];
  await Promise.all(unlocks.map((unlock) => unlock()));
  t.is(unlocks.length, 2);
});

test('the lock of a process that was killed is gone with it', async (t) => {
  const dir = await tempDir(t);
  const child = fork(new URL('./lockHolder.js', import.meta.url), [dir]);
  t.teardown(() => void child.kill('SIGKILL'));
  await once(child, 'message');
  const error = await t.throwsAsync(lockDataDir(dir), { instanceOf: DataDirLockedError });
  t.true(error.message.includes(`process ${child.pid}`));
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  await (await lockDataDir(dir))();
});

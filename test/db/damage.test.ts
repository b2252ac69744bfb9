import { existsSync } from 'node:fs';
import { copyFile, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openDatabase } from '../../db/connection.js';
import { findDamage, locateFile } from '../../db/damage.js';
import { migrate } from '../../db/migrate.js';
import { buildRun } from '../helpers/builders.js';
import { tempDir } from '../helpers/ports.js';

/** The file of a hub's database that was closed in good order. */
async function buildFile(t: ExecutionContext): Promise<string> {
  const file = join(await tempDir(t), 'hub.db');
  const db = openDatabase(`sqlite:${file}`);
  await migrate(db);
  await buildRun(db, { webhooks: 3 });
  await db.destroy();
  return file;
}

async function flip(file: string, offset: number, bytes: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(bytes, 0xa5), 0, bytes, offset);
  await handle.close();
}

test('a sound file, one that is open elsewhere, and one that is not there yet have no damage', async (t) => {
  const file = await buildFile(t);
  t.is(await findDamage(file), undefined);
  t.is(await findDamage(file, 0), undefined);
  t.is(await findDamage(`${file}.new`), undefined);
  t.false(existsSync(`${file}.new`));
  const db = openDatabase(`sqlite:${file}`);
  t.teardown(() => db.destroy());
  await buildRun(db);
  t.is(await findDamage(file), undefined);
});

const DAMAGES: readonly [what: string, damage: (file: string) => Promise<void>, said: RegExp][] = [
  ['half of it is gone', async (file) => truncate(file, Math.floor((await readFile(file)).length / 8192) * 4096), /malformed|invalid page|database disk image/i],
  ['nothing is left of it', (file) => truncate(file, 0), /empty, 0 bytes/],
  ['its first bytes are overwritten', (file) => flip(file, 0, 16), /does not begin as a SQLite database/],
  ['its header is overwritten', (file) => flip(file, 16, 84), /not a database|malformed|unsupported/],
  ['a page in the middle is overwritten', (file) => flip(file, 4096 * 20, 4096), /./],
  ['it is gone and its log is not', async (file) => { await copyFile(file, `${file}-wal`); await rm(file); }, /missing, and its log .*-wal is there/],
];
for (const [what, damage, said] of DAMAGES) {
  test(`the damage is found where ${what}, and the file stays as it is`, async (t) => {
    const file = await buildFile(t);
    await damage(file);
    const before = existsSync(file) ? await readFile(file) : undefined;
    t.regex((await findDamage(file)) ?? 'nothing', said);
    t.deepEqual(existsSync(file) ? await readFile(file) : undefined, before);
  });
}

test('a text in the place of a database is damage, and a folder an error', async (t) => {
  const dir = await tempDir(t);
  await writeFile(join(dir, 'text'), 'this is a note of somebody’s, not a database at all');
  t.regex((await findDamage(join(dir, 'text'))) ?? '', /does not begin/);
  await t.throwsAsync(findDamage(dir), { code: 'EISDIR' });
});

test('only SQLite databases on disk have a file', (t) => {
  t.deepEqual(['sqlite:/a/b.db', 'sqlite::memory:', 'postgres://h/d'].map(locateFile), ['/a/b.db', undefined, undefined]);
});

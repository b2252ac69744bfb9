import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { ensureAdmin } from '../../api/admin.js';
import { checkPassword } from '../../api/passwords.js';
import { findPublicUrlFault } from '../../api/serve.js';
import { findUserByName } from '../../db/users.js';
import { startApi } from '../helpers/api.js';
import { openTestDatabase } from '../helpers/database.js';
import { freePort } from '../helpers/ports.js';

test('a public URL that leads to this very process is fine', async (t) => {
  const { port } = await startApi(t);
  t.is(await findPublicUrlFault(`http://127.0.0.1:${port}`), undefined);
});

test('a public URL that leads elsewhere, or nowhere, is said with what to do', async (t) => {
  const other = createServer((_, response) => response.end('{"name":"hookline","instance":"another"}'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  t.regex((await findPublicUrlFault(`http://127.0.0.1:${port}`)) ?? '', /leads to another server.*HOOKLINE_PUBLIC_URL/);
  t.regex((await findPublicUrlFault(`http://127.0.0.1:${await freePort()}`)) ?? '', /does not answer.*HOOKLINE_PUBLIC_URL/);
});

test('a new hub gets an administrator once; a generated password is told once, and works', async (t) => {
  const db = await openTestDatabase(t);
  const password = await ensureAdmin(db, { username: 'admin', password: undefined });
  const admin = await findUserByName(db, 'admin');
  t.true(await checkPassword(password ?? '', admin?.password_hash));
  t.false(admin?.password_hash.includes(password ?? '') ?? true);
  t.is(await ensureAdmin(db, { username: 'admin', password: 'another one' }), undefined);
  t.is((await findUserByName(db, 'admin'))?.password_hash, admin?.password_hash);
});

test('a configured password is taken and not told', async (t) => {
  const db = await openTestDatabase(t);
  t.is(await ensureAdmin(db, { username: 'root', password: 'correct-horse' }), undefined);
  t.true(await checkPassword('correct-horse', (await findUserByName(db, 'root'))?.password_hash));
});

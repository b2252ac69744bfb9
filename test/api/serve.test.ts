import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { ensureAdmin } from '../../api/admin.js';
import { checkPassword } from '../../api/passwords.js';
import { findPublicUrlFault } from '../../api/serve.js';
import { findUserByName } from '../../db/users.js';
import { createKeyring } from '../../keys.js';
import { startApi } from '../helpers/api.js';
import { TEST_KEYRING } from '../helpers/builders.js';
import { openTestDatabase } from '../helpers/database.js';
import { freePort } from '../helpers/ports.js';

test('a public URL that leads to this very process is fine', async (t) => {
  const { port } = await startApi(t);
  t.is(await findPublicUrlFault(`http://127.0.0.1:${port}`, TEST_KEYRING), undefined);
});

test('a public URL that leads to another process of the same hub is fine, one of another hub is not', async (t) => {
  const hub = TEST_KEYRING.fingerprints.get(TEST_KEYRING.kid);
  const other = createServer((_, response) => response.end(JSON.stringify({ name: 'hookline', hub, instance: 'another' })));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  t.is(await findPublicUrlFault(url, TEST_KEYRING), undefined);
  t.regex((await findPublicUrlFault(url, createKeyring([{ kid: 'test', key: randomBytes(32) }]))) ?? '', /leads to another server/);
});

test('processes that start together make one administrator, and all of them start', async (t) => {
  const db = await openTestDatabase(t);
  const passwords = await Promise.all(Array.from({ length: 4 }, () => ensureAdmin(db, { username: 'admin', password: undefined })));
  t.is(passwords.filter((password) => password !== undefined).length, 1);
});

test('a public URL that leads elsewhere, or nowhere, is said with what to do', async (t) => {
  const other = createServer((_, response) => response.end('{"name":"hookline","instance":"another"}'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  t.regex((await findPublicUrlFault(`http://127.0.0.1:${port}`, TEST_KEYRING)) ?? '', /leads to another server.*HOOKLINE_PUBLIC_URL/);
  t.regex((await findPublicUrlFault(`http://127.0.0.1:${await freePort()}`, TEST_KEYRING)) ?? '', /does not answer.*HOOKLINE_PUBLIC_URL/);
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

import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { decodeProtectedHeader } from 'jose';
import { createAuthority, createLeaf, writeIdentity } from '../../registry/certificate.js';
import { openRegistryKeys } from '../../registry/keys.js';
import { forgeTokens, readKeys } from '../helpers/forgedTokens.js';
import { tempDir } from '../helpers/ports.js';

const GRANT = { subject: 'alice', access: [{ type: 'repository', name: 'alice/app', actions: ['pull'] }] };

test('keys are made once, for their owner alone, and found again', async (t) => {
  const dir = join(await tempDir(t), 'new');
  const keys = await openRegistryKeys(dir);
  t.is(keys.caFile, join(dir, 'registry-keys', 'ca.crt'));
  const files = (await readdir(join(dir, 'registry-keys'))).sort();
  t.deepEqual(files, ['ca.crt', 'ca.pem', 'leaf.pem']);
  const read = async () => Promise.all(files.map(async (file) => readFile(join(dir, 'registry-keys', file), 'utf8')));
  for (const file of files) t.is((await stat(join(dir, 'registry-keys', file))).mode & 0o777, 0o600, file);
  const [certificate = ''] = await read();
  t.false(certificate.includes('PRIVATE'));
  const before = await read();
  await openRegistryKeys(dir);
  t.deepEqual(await read(), before);
});

test('an authority for ten years signs a leaf for ninety days, and a leaf signs no certificate', async (t) => {
  const dir = await tempDir(t);
  await openRegistryKeys(dir);
  const { authority, leaf } = await readKeys(dir);
  const days = (text: string) => Math.round((Date.parse(text) - Date.now()) / 86_400_000);
  t.deepEqual([days(authority.certificate.validTo), days(leaf.certificate.validTo)], [3650, 90]);
  t.deepEqual([authority.certificate.ca, leaf.certificate.ca], [true, false]);
  t.true(leaf.certificate.checkIssued(authority.certificate) && leaf.certificate.verify(authority.certificate.publicKey));
  t.is(leaf.key.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  t.not(leaf.certificate.serialNumber, authority.certificate.serialNumber);
});

test('processes that start at once over the same directory share one authority', async (t) => {
  const dir = await tempDir(t);
  const all = await Promise.all(Array.from({ length: 8 }, async () => openRegistryKeys(dir)));
  t.is((await readdir(join(dir, 'registry-keys'))).length, 3, 'no draft stays behind');
  for (const { sign } of all) {
    const { token } = await sign(GRANT);
    for (const { verify } of all) t.deepEqual(await verify(token), GRANT);
  }
});

test('a token brings back what it was signed for', async (t) => {
  const { sign, verify } = await openRegistryKeys(await tempDir(t));
  for (const grant of [GRANT, { subject: '', access: [] }, { ...GRANT, accessTokenId: 'x' }]) {
    const { token, expiresIn, issuedAt } = await sign(grant);
    t.deepEqual(await verify(token), grant);
    t.deepEqual([expiresIn, new Date(issuedAt).toISOString()], [300, issuedAt]);
  }
});

test('nothing forged counts, one by one', async (t) => {
  const dir = await tempDir(t);
  const keys = await openRegistryKeys(dir);
  const { authority } = await readKeys(dir);
  const forgeries = await forgeTokens(dir, keys);
  t.true(forgeries.length > 20);
  for (const { what, token } of forgeries) t.is(await keys.verify(token), undefined, what);
  t.is(await keys.verify(''), undefined);
  const other = await openRegistryKeys(await tempDir(t));
  t.is(await other.verify((await keys.sign(GRANT)).token), undefined, 'a token of another hub');
  t.true(authority.certificate.ca);
});

test('a new leaf signs at once, in every process, and tokens of the one before stay good', async (t) => {
  const dir = await tempDir(t);
  const [one, other] = [await openRegistryKeys(dir), await openRegistryKeys(dir)];
  const read = (token: string) => decodeProtectedHeader(token).x5c?.[0];
  const before = (await one.sign(GRANT)).token;
  await other.rotate();
  const after = (await one.sign(GRANT)).token;
  t.not(read(after), read(before));
  t.is(read((await other.sign(GRANT)).token), read(after));
  for (const { verify } of [one, other]) {
    for (const token of [before, after]) t.deepEqual(await verify(token), GRANT);
  }
});

for (const [what, days] of [['has expired', -1], ['ends within 30 days', 29]] as const) {
  test(`a leaf that ${what} is replaced at the start and while the hub runs`, async (t) => {
    const dir = await tempDir(t);
    const running = await openRegistryKeys(dir);
    const { authority } = await readKeys(dir);
    const old = createLeaf(authority, 'Hookline registry tokens', days);
    for (const sign of [async () => (await openRegistryKeys(dir)).sign(GRANT), async () => running.sign(GRANT)]) {
      await writeFile(join(dir, 'registry-keys', 'leaf.pem'), writeIdentity(old));
      const { token } = await sign();
      t.not(decodeProtectedHeader(token).x5c?.[0], old.certificate.raw.toString('base64'));
      t.deepEqual(await running.verify(token), GRANT);
    }
  });
}

test('a leaf of another authority is replaced: the registry would not take it', async (t) => {
  const dir = await tempDir(t);
  await openRegistryKeys(dir);
  const foreign = createLeaf(createAuthority('Hookline registry authority', 1), 'Hookline registry tokens', 90);
  await writeFile(join(dir, 'registry-keys', 'leaf.pem'), writeIdentity(foreign));
  const { sign, verify } = await openRegistryKeys(dir);
  t.deepEqual(await verify((await sign(GRANT)).token), GRANT);
});

test('an authority that has expired, or a damaged file, stops the start and is left as it is', async (t) => {
  const over = createAuthority('Hookline registry authority', -1);
  const { key } = createAuthority('x', 1);
  for (const [text, message] of [
    [writeIdentity(over), /expired on .*: remove it and start the hub, then the registry/],
    ['', /restore it from a backup/], ['-----BEGIN', /restore it from a backup/],
    [writeIdentity({ key, certificate: over.certificate }), /restore it from a backup/],
  ] as const) {
    const dir = await tempDir(t);
    const file = join(dir, 'registry-keys', 'ca.pem');
    await mkdir(join(dir, 'registry-keys'));
    await writeFile(file, text);
    const error = await t.throwsAsync(openRegistryKeys(dir), { message });
    t.true(error.message.includes(file));
    t.is(await readFile(file, 'utf8'), text);
  }
});

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { createKeyring, loadOwnKey, openSecrets } from '../keys.js';
import { tempDir } from './helpers/ports.js';

const makeKey = (kid: string) => ({ kid, key: randomBytes(32) });

test('a sealed text opens again, with its owner alone', (t) => {
  const keyring = createKeyring([makeKey('a')]);
  const sealed = keyring.seal('whsec_ünïcode 🐳', 'whk_1');
  t.is(keyring.open(sealed, 'whk_1'), 'whsec_ünïcode 🐳');
  t.throws(() => keyring.open(sealed, 'whk_2'));
  t.false(sealed.includes('whsec_'));
  t.not(keyring.seal('x', 'whk_1'), keyring.seal('x', 'whk_1'), 'no two sealings are alike');
});

test('a sealed text that was tampered with does not open', (t) => {
  const keyring = createKeyring([makeKey('a')]);
  const sealed = keyring.seal('secret', 'whk_1');
  const [kid = '', data = ''] = sealed.split('.');
  const bytes = Buffer.from(data, 'base64url');
  for (let index = 0; index < bytes.length; index += 1) {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(bytes.readUInt8(index) ^ 1, index);
    t.throws(() => keyring.open(`${kid}.${changed.toString('base64url')}`, 'whk_1'), undefined, `byte ${index}`);
  }
  t.throws(() => keyring.open(`${kid}.${bytes.subarray(0, 20).toString('base64url')}`, 'whk_1'));
});

test('the first key makes, every key is accepted, and a missing one is named', (t) => {
  const [old, fresh] = [makeKey('old'), makeKey('new')];
  const [before, after] = [createKeyring([old]), createKeyring([fresh, old])];
  t.is(after.open(before.seal('x', 'o'), 'o'), 'x');
  t.is(after.readCallbackToken(before.mintCallbackToken('dlv_1')), 'dlv_1');
  t.true(after.seal('x', 'o').startsWith('new.'));
  t.throws(() => before.open(after.seal('x', 'o'), 'o'), { message: /secret key new is missing from HOOKLINE_SECRET_KEYS/ });
  t.is(before.readCallbackToken(after.mintCallbackToken('dlv_1')), undefined);
  t.deepEqual([...after.sessionKeys.keys()], ['new', 'old']);
  t.throws(() => createKeyring([]), { message: /at least one/ });
});

test('a callback token is good for its delivery alone, in its one spelling', (t) => {
  const keyring = createKeyring([makeKey('a'), makeKey('b')]);
  const token = keyring.mintCallbackToken('dlv_1');
  const [kid = '', id = '', mac = ''] = token.split('.');
  t.is(keyring.readCallbackToken(token), 'dlv_1');
  const forged = [
    '', '.', '..', 'a', id, `${kid}.dlv_2.${mac}`, `b.${id}.${mac}`, `c.${id}.${mac}`, `${kid}.${id}.`, `${kid}.${id}`, `${token}.x`, `${token}=`,
    `${token} `, `${kid}.${id}.${mac.slice(1)}`, `${kid}.${id}.${Buffer.from(mac, 'base64url').toString('hex')}`, createKeyring([makeKey('a')]).mintCallbackToken('dlv_1'),
  ];
  for (const text of forged) t.is(keyring.readCallbackToken(text), undefined, text);
});

test('a token has one spelling: the unused bits of its last letter count', (t) => {
  const keyring = createKeyring([makeKey('a')]);
  const token = keyring.mintCallbackToken('dlv_1');
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const taken = Array.from(letters).filter((letter) => keyring.readCallbackToken(token.slice(0, -1) + letter) !== undefined);
  t.deepEqual(taken, [token.slice(-1)]);
});

test('each purpose has a key of its own', (t) => {
  const master = makeKey('a');
  const session = createKeyring([master]).sessionKeys.get('a');
  t.false(Buffer.from(session ?? []).equals(master.key));
  const other = createKeyring([{ kid: 'a', key: Buffer.from(session ?? []) }]);
  t.is(other.readCallbackToken(createKeyring([master]).mintCallbackToken('dlv_1')), undefined);
});

test('the secret before counts until its time has run out', (t) => {
  const keyring = createKeyring([makeKey('a')]);
  const sealed = { id: 'whk_1', secret: keyring.seal('new', 'whk_1'), previous_secret: keyring.seal('old', 'whk_1') };
  const at = (ms: number) => new Date(Date.now() + ms).toISOString();
  t.deepEqual(openSecrets(keyring, { ...sealed, previous_secret_expires: at(60_000) }), ['new', 'old']);
  t.deepEqual(openSecrets(keyring, { ...sealed, previous_secret_expires: at(-1) }), ['new']);
  t.deepEqual(openSecrets(keyring, { ...sealed, previous_secret_expires: null }), ['new']);
  t.deepEqual(openSecrets(keyring, { ...sealed, previous_secret: null, previous_secret_expires: null }), ['new']);
});

test('the data directory\'s own key is made once, for its owner alone', async (t) => {
  const dir = join(await tempDir(t), 'new');
  const first = loadOwnKey(dir);
  t.is(first.kid, 'own');
  t.is(first.key.length, 32);
  t.deepEqual(loadOwnKey(dir), first);
  t.is(statSync(join(dir, 'secret.key')).mode & 0o777, 0o600);
});

test('a damaged key file is named and never replaced', async (t) => {
  const dir = await tempDir(t);
  const file = join(dir, 'secret.key');
  for (const text of ['', 'c2hvcnQ=\n']) {
    writeFileSync(file, text);
    const error = t.throws(() => loadOwnKey(dir), { message: /restore it from a backup/ });
    t.true(error.message.includes(file));
    t.is(readFileSync(file, 'utf8'), text);
  }
});

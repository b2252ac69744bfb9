import { randomBytes } from 'node:crypto';
import test from 'ava';
import { agreeOnKeys } from '../../db/keyPrints.js';
import { createKeyring } from '../../keys.js';
import { ENGINES } from '../helpers/database.js';

const makeKey = (kid: string) => ({ kid, key: randomBytes(32) });

for (const engine of ENGINES) {
  test(`${engine.name}: processes with the same keys agree, and so do those amid a change of keys`, async (t) => {
    const db = await engine.open(t);
    const [old, fresh] = [makeKey('old'), makeKey('new')];
    for (const keys of [[old], [old], [fresh, old], [old], [fresh]]) {
      t.is(await agreeOnKeys(db, createKeyring(keys).fingerprints, false), undefined);
    }
  });

  test(`${engine.name}: a process with none of the hub’s keys, or with another one under a known name, is told so`, async (t) => {
    const db = await engine.open(t);
    const [ours, theirs, unknown] = [makeKey('own'), makeKey('own'), makeKey('else')];
    t.is(await agreeOnKeys(db, createKeyring([ours]).fingerprints, false), undefined);
    t.deepEqual(await agreeOnKeys(db, createKeyring([theirs]).fingerprints, false), { kind: 'other', kid: 'own' });
    t.deepEqual(await agreeOnKeys(db, createKeyring([unknown]).fingerprints, false), { kind: 'strange', known: ['own'] });
    t.deepEqual(await agreeOnKeys(db, createKeyring([unknown, theirs]).fingerprints, false), { kind: 'other', kid: 'own' });
    t.is(await agreeOnKeys(db, createKeyring([ours]).fingerprints, false), undefined, 'who was refused left nothing behind');
    t.is(await agreeOnKeys(db, createKeyring([theirs]).fingerprints, true), undefined, 'by force');
    t.deepEqual(await agreeOnKeys(db, createKeyring([ours]).fingerprints, false), { kind: 'other', kid: 'own' });
  });

  test(`${engine.name}: of processes with different keys that start together on a new database one is believed`, async (t) => {
    const db = await engine.open(t);
    const told = await Promise.all(Array.from({ length: 5 }, () => agreeOnKeys(db, createKeyring([makeKey('own')]).fingerprints, false)));
    t.deepEqual(told.map((clash) => clash?.kind ?? 'agreed').sort(), ['agreed', 'other', 'other', 'other', 'other']);
  });
}

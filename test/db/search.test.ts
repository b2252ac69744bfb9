import test from 'ava';
import type { Db } from '../../db/connection.js';
import * as accounts from '../../db/migrations/001_accounts.js';
import * as repositories from '../../db/migrations/002_repositories.js';
import * as search from '../../db/migrations/011_search.js';
import { addMember, setRole } from '../../db/roles.js';
import { deleteOrganization } from '../../db/organizations.js';
import { setPermission } from '../../db/permissions.js';
import { deleteRepository, setPrivacy, updateRepository, type RepositoryRow } from '../../db/repositories.js';
import { searchRepositories } from '../../db/search.js';
import { deleteStar, insertStar } from '../../db/stars.js';
import type { Viewer } from '../../db/visibility.js';
import { FOLDS } from '../../db/words.js';
import { buildCollaborator, buildOrganization, buildRepository, buildTeam, buildUser, PLENTY, type RepositoryOptions } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

/** Names of what is found, in their order. */
async function find(db: Db, text: string, viewer?: Viewer): Promise<string> {
  const { rows } = await searchRepositories(db, viewer, text, { limit: 100, offset: 0 });
  return rows.map(({ name }) => name).join(' ');
}

async function buildStarred(db: Db, star_count: number, options: RepositoryOptions & { is_official?: boolean }): Promise<RepositoryRow> {
  const { is_official = false, ...columns } = options;
  const repository = await buildRepository(db, columns);
  await db('repositories').where({ id: repository.id }).update({ star_count, is_official });
  return repository;
}

for (const { name, open, openEmpty } of ENGINES) {
  test(`${name}: first the exact name, then official ones, then the beginning of the name, then the rest, each by stars`, async (t) => {
    const db = await open(t);
    await buildStarred(db, 900, { name: 'cache', description: 'speaks redis' });
    await buildStarred(db, 50, { name: 'my-redis' });
    await buildStarred(db, 5, { name: 'redis-stack' });
    await buildStarred(db, 7, { name: 'redisinsight' });
    await buildStarred(db, 1, { name: 'valkey', description: 'a fork of Redis', is_official: true });
    await buildStarred(db, 3, { name: 'keydb', description: 'Redis with threads', is_official: true });
    await buildStarred(db, 2, { name: 'redis' });
    await buildStarred(db, 99, { name: 'other', description: 'predisposed' });
    t.is(await find(db, 'redis'), 'redis keydb valkey redisinsight redis-stack cache my-redis');
    t.is(await find(db, ' REDIS '), 'redis keydb valkey redisinsight redis-stack cache my-redis');
  });

  test(`${name}: of several repositories of the exact name the official one stands first, then stars decide, then the namespace`, async (t) => {
    const db = await open(t);
    for (const [username, stars] of [['cc', 5], ['bb', 7], ['dd', 5], ['aa', 0]] as const) {
      await buildStarred(db, stars, { owner: await buildUser(db, { username }), name: 'app', is_official: username === 'aa' });
    }
    const { rows } = await searchRepositories(db, undefined, 'app', { limit: 10, offset: 0 });
    t.deepEqual(rows.map(({ namespace }) => namespace), ['aa', 'bb', 'cc', 'dd']);
    const [first] = (await searchRepositories(db, undefined, 'DD/app', { limit: 10, offset: 0 })).rows;
    t.is(first?.namespace, 'dd');
  });

  test(`${name}: a name is found by each of its words, by the whole, and by what it begins with`, async (t) => {
    const db = await open(t);
    await buildRepository(db, { owner: await buildUser(db, { username: 'alice' }), name: 'my-app_2', description: 'Émile’s “100% cotton_wool” 🚀 数据库' });
    for (const text of ['my', 'app', '2', 'my-app_2', 'my app', 'app my', 'myapp2', 'mya', 'MY_APP', 'alice', 'ali', 'alice/my-app_2', 'emile', 'ÉMILE', 'cot wool', '100%', '🚀', '数据', 'alice cotton app']) {
      t.is(await find(db, text), 'my-app_2', text);
    }
    for (const text of ['pp', 'my bob', 'ap2', 'bob/my-app_2', 'ilver']) t.is(await find(db, text), '', text);
  });

  test(`${name}: special characters are plain: they separate words and mean nothing`, async (t) => {
    const db = await open(t);
    await buildRepository(db, { name: 'app', description: 'one two' });
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((character) => !/[a-z0-9\s]/i.test(character));
    for (const separator of [...ascii, '“', '–', '\u200b', "';--", '":*', "'':*", '\\\\', '%_%']) {
      t.is(await find(db, separator), '', JSON.stringify(separator));
      t.is(await find(db, `o${separator}w`), '', JSON.stringify(separator));
      t.is(await find(db, `${separator}one${separator}tw${separator}`), 'app', JSON.stringify(separator));
    }
    for (const text of ['🚀', '\ufffd', '\ud800', 'AND', 'NEAR(', '_pp', 'a_pp', 'app OR zzz', 'NOT app', 'name:app', 'one two | three']) {
      t.is(await find(db, text), '', text);
    }
    for (const text of ['a%', '"app" two"', '^one', 'app:', 'one + two']) t.is(await find(db, text), 'app', text);
  });

  test(`${name}: every separator of the table separates what is stored, and every letter of it is found by the one it counts as`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const repository = await buildRepository(db, { owner, name: 'x' });
    for (const part of [[...FOLDS].slice(0, 250), [...FOLDS].slice(250)]) {
      const description = part.map(([character], index) => `p${index}${character}q`).join(' ');
      await updateRepository(db, repository.id, { description });
      const missed: string[] = [];
      for (const [index, [character, folded]] of part.entries()) {
        const word = folded === ' ' ? `p${index}` : `p${index}${folded}q`;
        if ((await find(db, `${word} q`)) !== 'x' && folded === ' ') missed.push(character);
        if ((await find(db, word)) !== 'x') missed.push(character);
      }
      t.deepEqual(missed, []);
    }
  });

  test(`${name}: an empty text finds everything, official ones first, then by stars`, async (t) => {
    const db = await open(t);
    await buildStarred(db, 5, { name: 'b' });
    await buildStarred(db, 9, { name: 'a' });
    await buildStarred(db, 0, { name: 'c', is_official: true });
    await buildStarred(db, 99, { name: 'hidden', is_private: true });
    t.is(await find(db, ''), 'c a b');
    t.is(await find(db, ' \t'), 'c a b');
  });

  /** What is typed, and what the hub has that was meant. */
  const TYPOS: readonly [typed: string, meant: string][] = [
    ['postgers', 'postgres'], ['posrgr', 'postgresql-13'], ['psotgres', 'postgres'], ['pstgres', 'postgres'], ['poostgres', 'postgres'],
    ['pastgres', 'postgres'], ['ngnix', 'nginx'], ['rdis', 'redis'], ['rdeis', 'redis'], ['elastcsearhc', 'elasticsearch'], ['alice/ngnix', 'nginx'],
    ['my-ngnix', 'my-nginx'], ['wrodpress', 'wordpress'], ['Wrod', 'wordpress'],
  ];
  for (const [typed, meant] of TYPOS) {
    test(`${name}: ${typed} finds ${meant}`, async (t) => {
      const db = await open(t);
      const owner = await buildUser(db, { username: 'alice' });
      await buildRepository(db, { owner, name: meant, description: 'thing' });
      await buildRepository(db, { owner, name: 'zebra', description: 'nothing of it' });
      t.is(await find(db, typed), meant);
    });
  }

  test(`${name}: what is found as it was typed is not corrected, and what is too far away or too short is not found`, async (t) => {
    const db = await open(t);
    await buildRepository(db, { name: 'nginx' });
    await buildRepository(db, { name: 'ngnix' });
    t.is(await find(db, 'ngnix'), 'ngnix');
    for (const text of ['nxinz', 'xginx', 'ngx', 'nginx zzzz']) t.is(await find(db, text), '', text);
  });

  test(`${name}: among corrections the exact name stands first, then the beginning of the name`, async (t) => {
    const db = await open(t);
    await buildStarred(db, 90, { name: 'some-postgres' });
    await buildStarred(db, 50, { name: 'postgres-exporter' });
    await buildStarred(db, 1, { name: 'postgres' });
    t.is(await find(db, 'postgers'), 'postgres postgres-exporter some-postgres');
  });

  test(`${name}: words of private repositories neither hide corrections nor show that they are there`, async (t) => {
    const db = await open(t);
    await buildRepository(db, { name: 'secret', description: 'postgers postgerx postgern', is_private: true });
    t.is(await find(db, 'postgers'), '');
    await buildRepository(db, { name: 'postgres' });
    t.is(await find(db, 'postgers'), 'postgres');
  });

  test(`${name}: a private repository is found by those who may see it`, async (t) => {
    const db = await open(t);
    const [owner, outsider, editor, member, reader] = await Promise.all(Array.from({ length: 5 }, () => buildUser(db)));
    const admin = await buildUser(db, { is_admin: true });
    if (!owner || !outsider || !editor || !member || !reader) return t.fail();
    const organization = await buildOrganization(db, { owner });
    const team = await buildTeam(db, organization, [reader, member]);
    await addMember(db, organization.id, editor.id);
    await setRole(db, organization.id, { userId: editor.id, role: 'editor' });
    const hidden = await buildRepository(db, { namespace: organization.name, name: 'hidden', description: 'topic', is_private: true });
    await buildRepository(db, { namespace: organization.name, name: 'shown', description: 'topic' });
    const collaborator = await buildCollaborator(db, hidden);
    const viewers = { nobody: undefined, outsider, owner, editor, admin, collaborator, reader };
    const see = async (): Promise<object> => {
      const found = await Promise.all(Object.entries(viewers).map(async ([who, viewer]) => [who, await find(db, 'topic', viewer)] as const));
      const counts = await Promise.all(Object.values(viewers).map(async (viewer) => (await searchRepositories(db, viewer, 'topic', { limit: 1, offset: 0 })).count));
      t.deepEqual(counts, found.map(([, names]) => names.split(' ').length));
      return Object.fromEntries(found);
    };
    const both = 'hidden shown';
    t.deepEqual(await see(), { nobody: 'shown', outsider: 'shown', owner: both, editor: both, admin: both, collaborator: both, reader: 'shown' });
    await setPermission(db, hidden.id, { team, permission: 'read' });
    t.deepEqual(await see(), { nobody: 'shown', outsider: 'shown', owner: both, editor: both, admin: both, collaborator: both, reader: both });
    for (const text of ['hidden', `${organization.name}/hidden`, 'hiddne', '']) t.notRegex(await find(db, text), /hidden/, text);
  });

  test(`${name}: what changes is found as it is now`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const repository = await buildRepository(db, { owner, name: 'app', description: 'first' });
    const other = await buildStarred(db, 1, { owner, name: 'other', description: 'second' });
    await updateRepository(db, repository.id, { description: 'second' });
    t.is(await find(db, 'first'), '');
    t.is(await find(db, 'second'), 'other app');
    const fans = [await buildUser(db), await buildUser(db)] as const;
    for (const fan of fans) await insertStar(db, repository.id, fan.id);
    t.is(await find(db, 'second'), 'app other');
    for (const fan of fans) await deleteStar(db, repository.id, fan.id);
    t.is(await find(db, 'second'), 'other app');
    await db('repositories').where({ id: repository.id }).update({ is_official: true });
    t.is(await find(db, 'second'), 'app other');
    await setPrivacy(db, other, true, PLENTY);
    t.is(await find(db, 'second'), 'app');
    await setPrivacy(db, other, false, PLENTY);
    t.is(await find(db, 'second'), 'app other');
    await deleteRepository(db, repository.id);
    t.is(await find(db, 'second'), 'other');
    await buildRepository(db, { owner, name: 'app', description: 'third' });
    t.is(await find(db, 'app'), 'app');
    t.is(await find(db, 'third'), 'app');
  });

  test(`${name}: with an organization all its repositories leave the index`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    for (const one of ['app-one', 'app-two']) await buildRepository(db, { namespace: organization.name, name: one });
    await buildRepository(db, { name: 'app-three' });
    await deleteOrganization(db, organization);
    t.is(await find(db, 'app'), 'app-three');
    t.is((await db('search_documents').select('id')).length, 1);
  });

  test(`${name}: a change that is rolled back leaves no trace`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db, { name: 'app', description: 'first' });
    await t.throwsAsync(db.transaction(async (db) => {
      await updateRepository(db, repository.id, { description: 'second' });
      await db.raw('SELECT nothing FROM nowhere');
    }));
    t.deepEqual([await find(db, 'first'), await find(db, 'second')], ['app', '']);
  });

  test(`${name}: repositories made at the same time with the same new words are all found`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const make = (index: number) => buildRepository(db, { owner, name: `app${index}`, description: index % 2 ? 'brand new words here' : 'here words new brand' });
    await Promise.all(Array.from({ length: 30 }, (_, index) => make(index)));
    t.is((await searchRepositories(db, undefined, 'brand', { limit: 100, offset: 0 })).count, 30);
    t.is((await searchRepositories(db, undefined, 'barnd', { limit: 100, offset: 0 })).count, 30);
  });

  test(`${name}: repositories that were there before the index are in it`, async (t) => {
    const db = await openEmpty(t);
    for (const migration of [accounts, repositories]) await migration.up(db);
    await db('namespaces').insert({ name: 'alice' });
    const row = { namespace: 'alice', description: 'Übersicht', full_description: '', created: '', updated: '' };
    await db('repositories').insert([{ ...row, id: '1', name: 'my-app', is_private: false }, { ...row, id: '2', name: 'hidden', is_private: true }]);
    await search.up(db);
    for (const text of ['myapp', 'ubersicht', 'alice', 'ubersihct']) t.is(await find(db, text), 'my-app', text);
  });

  test(`${name}: pages neither repeat nor miss a hit, and the last one is the end`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    for (let index = 0; index < 25; index += 1) await buildRepository(db, { owner, name: `app-${index}`, description: 'same' });
    const pages = await Promise.all([0, 10, 20, 30].map((offset) => searchRepositories(db, undefined, 'same', { limit: 10, offset })));
    t.deepEqual(pages.map(({ count, rows }) => [count, rows.length]), [[25, 10], [25, 10], [25, 5], [25, 0]]);
    t.is(new Set(pages.flatMap(({ rows }) => rows.map(({ name }) => name))).size, 25);
    const far = await searchRepositories(db, undefined, 'same', { limit: 100, offset: 99_999_999_900 });
    t.deepEqual(far, { count: 25, rows: [] });
  });

  test(`${name}: hits are counted and served up to ten thousand`, async (t) => {
    const db = await open(t);
    const { username } = await buildUser(db);
    const row = { namespace: username, description: 'same', full_description: '', is_private: false, created: '', updated: '' };
    await db.batchInsert('repositories', Array.from({ length: 10_050 }, (_, index) => ({ ...row, id: `rep_${index}`, name: `app${index}` })), 500);
    const [first, last, beyond] = await Promise.all([0, 9_990, 10_000].map((offset) => searchRepositories(db, undefined, 'same', { limit: 100, offset })));
    t.deepEqual([first?.count, first?.rows.length], [10_000, 100]);
    t.deepEqual([last?.count, last?.rows.length], [10_000, 10]);
    t.deepEqual([beyond?.count, beyond?.rows.length], [10_000, 0]);
  });
}

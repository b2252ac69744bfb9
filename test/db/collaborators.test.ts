import test from 'ava';
import { countCollaborators, deleteCollaborator, insertCollaborator, listCollaborators } from '../../db/collaborators.js';
import { buildRepository, buildUser } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

for (const { name, open } of ENGINES) {
  test(`${name}: collaborators are listed by name, a page at a time`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    for (const username of ['carol', 'alice', 'bob', '9lives']) {
      await insertCollaborator(db, repository.id, (await buildUser(db, { username })).id);
    }
    const all = await listCollaborators(db, repository.id, { limit: 10, offset: 0 });
    t.deepEqual(all, { count: 4, rows: ['9lives', 'alice', 'bob', 'carol'].map((user) => ({ user })) });
    const second = await listCollaborators(db, repository.id, { limit: 2, offset: 2 });
    t.deepEqual(second, { count: 4, rows: [{ user: 'bob' }, { user: 'carol' }] });
    t.is(await countCollaborators(db, repository.id), 4);
  });

  test(`${name}: the same collaborator once more changes nothing, also at once`, async (t) => {
    const db = await open(t);
    const [repository, user] = [await buildRepository(db), await buildUser(db)];
    await Promise.all(Array.from({ length: 10 }, () => insertCollaborator(db, repository.id, user.id)));
    t.is(await countCollaborators(db, repository.id), 1);
  });

  test(`${name}: a repository that is gone takes no collaborator`, async (t) => {
    const db = await open(t);
    t.false(await insertCollaborator(db, 'rep_gone', (await buildUser(db)).id));
  });

  test(`${name}: a collaborator is taken away once`, async (t) => {
    const db = await open(t);
    const [repository, user] = [await buildRepository(db), await buildUser(db)];
    await insertCollaborator(db, repository.id, user.id);
    t.true(await deleteCollaborator(db, repository.id, user.id));
    t.false(await deleteCollaborator(db, repository.id, user.id));
    t.is(await countCollaborators(db, repository.id), 0);
  });
}

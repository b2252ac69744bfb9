import test from 'ava';
import { deleteComment, findComment, insertComment, listComments, updateComment } from '../../db/comments.js';
import type { Db } from '../../db/connection.js';
import { dismissReport, findReport, hideReported, insertReport, listReports } from '../../db/reports.js';
import { deleteRepository, findRepositoryById } from '../../db/repositories.js';
import { deleteStar, hasStarred, insertStar } from '../../db/stars.js';
import { buildComment, buildReport, buildRepository, buildUser, must } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const ROUNDS = 10;
const ALL = { limit: 100, offset: 0 };

async function getCounts(db: Db, id: string) {
  const { star_count, comment_count } = must(await findRepositoryById(db, id), 'the repository');
  return { star_count, comment_count };
}

for (const { name, open } of ENGINES) {
  test(`${name}: a star counts once, however often and by how many at once it is given and taken`, async (t) => {
    const db = await open(t);
    const { id } = await buildRepository(db);
    const [alice, bob] = [await buildUser(db), await buildUser(db)];
    const give = (userId: string) => Array.from({ length: 5 }, () => insertStar(db, id, userId));
    t.true((await Promise.all([...give(alice.id), ...give(bob.id)])).every(Boolean));
    t.is((await getCounts(db, id)).star_count, 2);
    await Promise.all(Array.from({ length: 5 }, () => deleteStar(db, id, alice.id)));
    t.is((await getCounts(db, id)).star_count, 1);
    t.deepEqual([await hasStarred(db, id, alice.id), await hasStarred(db, id, bob.id)], [false, true]);
  });

  test(`${name}: what is starred or commented while its repository is deleted finds it or does not`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const [repository, user] = [await buildRepository(db), await buildUser(db)];
      const comment = await buildComment(db, { repository });
      await Promise.all([
        insertStar(db, repository.id, user.id),
        insertComment(db, repository.id, { user_id: user.id, comment: 'c' }),
        insertReport(db, comment, { user_id: user.id, reason: 'r' }),
        deleteRepository(db, repository.id),
      ]);
      t.is(await findRepositoryById(db, repository.id), undefined);
      t.false(await insertStar(db, repository.id, user.id));
      t.is(await insertComment(db, repository.id, { user_id: user.id, comment: 'c' }), undefined);
    }
  });

  test(`${name}: the number of comments is right after any that are written, deleted and hidden at once`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const comments = [];
    for (let index = 0; index < 6; index += 1) comments.push(await buildComment(db, { repository }));
    const [first, second, third] = comments.map((comment) => must(comment, 'a comment'));
    const report = must(await findReport(db, await buildReport(db, must(third, 'a comment'))), 'a report');
    const written = insertComment(db, repository.id, { user_id: (await buildUser(db)).id, comment: 'c' });
    const doomed = [first, first, second, second].map((comment) => deleteComment(db, must(comment, 'a comment')));
    const hidden = [1, 2, 3].map(() => hideReported(db, report, 'admin'));
    const [deleted, settled] = await Promise.all([Promise.all(doomed), Promise.all(hidden), written]);
    t.is(deleted.filter(Boolean).length, 2);
    t.is(settled.filter(Boolean).length, 1);
    const { count, rows } = await listComments(db, repository.id, ALL);
    t.deepEqual([count, rows.length, (await getCounts(db, repository.id)).comment_count], [4, 4, 4]);
  });

  test(`${name}: a comment is reported, hidden and deleted at once, and nothing fails`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const repository = await buildRepository(db);
      const comment = await buildComment(db, { repository });
      const report = must(await findReport(db, await buildReport(db, comment)), 'a report');
      const { id: user_id } = await buildUser(db);
      const [, hidden, deleted] = await Promise.all([
        insertReport(db, comment, { user_id, reason: 'r' }), hideReported(db, report, 'admin'), deleteComment(db, comment),
      ]);
      t.not(hidden, deleted, 'either it is evidence, or it is gone');
      t.is((await getCounts(db, repository.id)).comment_count, 0);
      t.is((await listReports(db, 'open', ALL)).count, 0);
    }
  });

  test(`${name}: of a dismissal and a hiding at once one settles the report`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < ROUNDS; round += 1) {
      const comment = await buildComment(db);
      const report = must(await findReport(db, await buildReport(db, comment)), 'a report');
      const [dismissed, hidden] = await Promise.all([dismissReport(db, report.id, 'a'), hideReported(db, report, 'b')]);
      t.not(dismissed, hidden);
      const after = must(await findReport(db, report.id), 'the report');
      t.deepEqual([after.state, after.resolved_by], hidden ? ['hidden', 'b'] : ['dismissed', 'a']);
      t.is((await findComment(db, comment)) === undefined, hidden);
    }
  });

  test(`${name}: a hidden comment is neither found, changed, deleted nor reported, and stays as evidence`, async (t) => {
    const db = await open(t);
    const comment = await buildComment(db);
    const report = must(await findReport(db, await buildReport(db, comment)), 'a report');
    t.true(await hideReported(db, report, 'admin'));
    t.is(await findComment(db, comment), undefined);
    t.is(await updateComment(db, comment, 'x'), undefined);
    t.false(await deleteComment(db, comment));
    t.false(await insertReport(db, comment, { user_id: comment.user_id, reason: 'r' }));
    t.like(await findReport(db, report.id), { state: 'hidden', comment: comment.comment });
  });

  test(`${name}: a comment is found in its own repository alone`, async (t) => {
    const db = await open(t);
    const [{ id }, other] = [await buildComment(db), await buildRepository(db)];
    const key = { id, repository_id: other.id };
    t.is(await findComment(db, key), undefined);
    t.is(await updateComment(db, key, 'x'), undefined);
    t.false(await deleteComment(db, key));
    t.is((await getCounts(db, other.id)).comment_count, 0);
  });
}

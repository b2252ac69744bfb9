import test from 'ava';
import { assertError, buildPlace, startApi } from '../helpers/api.js';
import { buildUser } from '../helpers/builders.js';

test('a collaborator is added, listed, may push, and may no longer once removed', async (t) => {
  const api = await startApi(t);
  const { token, path } = await buildPlace(api, { is_private: true });
  const user = await buildUser(api.db);
  const theirs = await api.login(user);
  const push = async () => (await api.request('POST', `${path}/pushes/`, { token: theirs, body: {} })).status;
  t.is(await push(), 404);
  const added = await api.request('POST', `${path}/collaborators/`, { token, body: { user: user.username } });
  t.deepEqual([added.status, added.body], [201, { user: user.username }]);
  t.is(await push(), 202);
  t.like((await api.request('GET', `${path}/collaborators/`, { token })).body, { count: 1, results: [{ user: user.username }] });
  t.is((await api.request('DELETE', `${path}/collaborators/${user.username}/`, { token })).status, 204);
  t.is(await push(), 404);
});

test('adding a collaborator twice changes nothing', async (t) => {
  const api = await startApi(t);
  const { token, path } = await buildPlace(api);
  const { username } = await buildUser(api.db);
  for (const status of [201, 201]) {
    t.is((await api.request('POST', `${path}/collaborators`, { token, body: { user: username } })).status, status);
  }
  t.like((await api.request('GET', path, { token })).body, { collaborator_count: 1 });
});

test('an unknown user is named, and nobody is removed who is no collaborator', async (t) => {
  const api = await startApi(t);
  const { token, path } = await buildPlace(api);
  const unknown = await api.request('POST', `${path}/collaborators`, { token, body: { user: 'nobody' } });
  assertError(t, unknown, { status: 400, code: 'invalid_input', fields: ['user'] });
  const stranger = await buildUser(api.db);
  for (const name of ['nobody', stranger.username]) {
    assertError(t, await api.request('DELETE', `${path}/collaborators/${name}`, { token }), { status: 404, code: 'not_found' });
  }
});

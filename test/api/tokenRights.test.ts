import test, { type ExecutionContext } from 'ava';
import type { Right } from '../../api/policy.js';
import type { Route } from '../../api/route.js';
import { deleteAccessToken, insertAccessToken, updateAccessToken, type Scope } from '../../db/accessTokens.js';
import { findRepository } from '../../db/repositories.js';
import { startApi, type TestApi } from '../helpers/api.js';
import { buildRepository, must } from '../helpers/builders.js';
import { ALL_ROUTES, buildScene, describeBody, encodeBody, fillPath, type Scene } from '../helpers/scene.js';

/**
 * Access tokens of the scene's owner, who by a password may do everything there. A robot's is good for one repository:
 * `robot` and `builder` for the scene's, `stray` for another one.
 */
const TOKENS = ['public_read', 'read', 'write', 'admin', 'robot', 'builder', 'stray', 'expired', 'inactive', 'revoked'] as const;
type Token = (typeof TOKENS)[number];
interface Kind {
  readonly scope: Scope;
  readonly only?: 'here' | 'elsewhere';
  readonly end?: 'expired' | 'inactive' | 'revoked';
}
const KINDS: Readonly<Record<Token, Kind>> = {
  public_read: { scope: 'repo:public_read' }, read: { scope: 'repo:read' }, write: { scope: 'repo:write' }, admin: { scope: 'repo:admin' },
  robot: { scope: 'repo:admin', only: 'here' }, builder: { scope: 'repo:write', only: 'here' }, stray: { scope: 'repo:admin', only: 'elsewhere' },
  expired: { scope: 'repo:admin', end: 'expired' }, inactive: { scope: 'repo:admin', end: 'inactive' }, revoked: { scope: 'repo:admin', end: 'revoked' },
};

type Row = readonly [open: string, hidden: string];
const same = (line: string): Row => [line, line];
const NEVER = same('  403 403 403 403 403 403 403 401 401 401');

/** What each right leaves of a token; the second line is for a private repository. */
const BY_RIGHT: Readonly<Record<Right, Row>> = {
  //                  pubr read writ admi robo buil stra expi inac revo
  anyone: same('      2   2   2   2   2   2   2   401 401 401'),
  user: same('        2   2   2   2   2   2   2   401 401 401'),
  'user:write': same('403 403 2   2   403 403 403 401 401 401'),
  account: NEVER,
  admin: NEVER,
  signup: NEVER,
  registry: same('    401 401 401 401 401 401 401 401 401 401'),
  'repository:read': ['2   2   2   2   2   2   2   401 401 401', '404 2   2   2   2   2   404 401 401 401'],
  'repository:user': ['403 403 2   2   403 403 403 401 401 401', '404 403 2   2   403 403 404 401 401 401'],
  'repository:write': ['403 403 2  2   2   2   403 401 401 401', '404 403 2   2   2   2   404 401 401 401'],
  'repository:admin': ['403 403 403 2  2   403 403 401 401 401', '404 403 403 2   2   403 404 401 401 401'],
  'organization:member': same('403 2 2  2  403 403 403 401 401 401'),
  'organization:owner': NEVER,
  'namespace:owner': same('403 403 403 2 403 403 403 401 401 401'),
};

/** Routes at which more than their right decides. */
const OTHERWISE: Readonly<Record<string, Row>> = {
  // Who leaves an organization, or is put out of it: by a password alone.
  'DELETE /v2/orgs/:organization/members/:username': NEVER,
  // The collaborator wrote it; to delete what another wrote is the repository's administration.
  'PATCH /v2/repositories/:namespace/:name/comments/:id': ['403 403 403 403 403 403 403 401 401 401', '404 403 403 403 403 403 404 401 401 401'],
  'DELETE /v2/repositories/:namespace/:name/comments/:id': ['403 403 403 2 403 403 403 401 401 401', '404 403 403 2 403 403 404 401 401 401'],
  // The token in its path alone is asked for: whatever else is sent is not read.
  'POST /u/:namespace/:name/hook/:token': same('2 2 2 2 2 2 2 2 2 2'),
  // The name and password in its body alone count.
  'POST /v2/session': same('2 2 2 2 2 2 2 2 2 2'),
  'POST /receive/:token': same('2 2 2 2 2 2 2 2 2 2'),
  // By a signature, and there is none.
  'POST /v2/sources/:id/hook': same('401 401 401 401 401 401 401 401 401 401'),
  'POST /v2/inbound/:id': same('401 401 401 401 401 401 401 401 401 401'),
};

async function insertToken({ db }: TestApi, { users: { owner }, values }: Scene, { scope, only, end }: Kind): Promise<string> {
  const here = must(await findRepository(db, values['namespace'] ?? '', values['name'] ?? ''), 'the repository');
  const elsewhere = async () => (await buildRepository(db, { namespace: here.namespace })).id;
  const repository_id = only === undefined ? null : only === 'here' ? here.id : await elsewhere();
  const expires = end === 'expired' ? new Date(Date.now() - 1).toISOString() : null;
  const { row, secret } = await insertAccessToken(db, { user_id: owner.id, label: 'x', scopes: [scope], repository_id, creator_ip: '', creator_ua: '', expires });
  if (end === 'inactive') await updateAccessToken(db, { userId: owner.id, id: row.id }, { is_active: false });
  if (end === 'revoked') await deleteAccessToken(db, owner.id, row.id);
  return secret;
}

async function ask(api: TestApi, scene: Scene, route: Route, kind: Kind): Promise<string> {
  const token = await insertToken(api, scene, kind);
  const body = describeBody(route, scene);
  const { status } = await api.request(route.method, fillPath(route, scene.values), { token, ...(body ? encodeBody(route, body) : {}) });
  return status < 300 ? '2' : String(status);
}

function findExpected(route: Route, index: 0 | 1): string[] {
  const row = OTHERWISE[`${route.method} ${route.path}`] ?? BY_RIGHT[route.may];
  return row[index].trim().split(/ +/);
}

/** Which tokens get something else than they should; refusals share a scene, since they change nothing, successes do not. */
async function findDeviations(api: TestApi, route: Route, index: 0 | 1): Promise<string[]> {
  const expected = findExpected(route, index);
  const deviations: string[] = [];
  let scene = await buildScene(api, index === 1, route);
  for (const isSuccess of [false, true]) {
    for (const [at, token] of TOKENS.entries()) {
      if ((expected[at] === '2') !== isSuccess) continue;
      const seen = await ask(api, scene, route, KINDS[token]);
      if (seen !== expected[at]) deviations.push(`${route.method} ${route.path}: ${token} got ${seen}, not ${expected[at] ?? 'anything'}`);
      if (seen === '2' && route.method !== 'GET') scene = await buildScene(api, index === 1, route);
    }
  }
  return deviations;
}

async function checkAll(t: ExecutionContext, index: 0 | 1): Promise<void> {
  t.timeout(900_000);
  const api = await startApi(t);
  const deviations: string[] = [];
  for (const route of ALL_ROUTES) deviations.push(...(await findDeviations(api, route, index)));
  t.deepEqual(deviations, []);
  t.log(`${ALL_ROUTES.length} routes × ${TOKENS.length} tokens`);
}

test('every route and every kind of access token: a public repository', (t) => checkAll(t, 0));
test('every route and every kind of access token: a private repository', (t) => checkAll(t, 1));

test('every exception has its route', (t) => {
  const names = ALL_ROUTES.map(({ method, path }) => `${method} ${path}`);
  t.deepEqual(Object.keys(OTHERWISE).filter((name) => !names.includes(name)), []);
});

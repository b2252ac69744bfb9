import test from 'ava';
import { ROUTES } from '../../api/app.js';
import { docsRoutes } from '../../api/routes/docs.js';
import type { Route } from '../../api/route.js';
import { insertAccessToken } from '../../db/accessTokens.js';
import type { OrganizationRow } from '../../db/organizations.js';
import { setPermission, type Permission } from '../../db/permissions.js';
import type { RepositoryRow } from '../../db/repositories.js';
import type { UserRow } from '../../db/users.js';
import { callbackPath, startApi, type TestApi } from '../helpers/api.js';
import {
  advanceToWaiting, buildCollaborator, buildOrganization, buildRepository, buildRun, buildTeam, buildUser, pick, uniqueName,
} from '../helpers/builders.js';

/**
 * Who asks. The repository belongs to an organization; `reader`, `writer` and `manager` are in teams with the
 * permissions read, write and admin on it, `owner` is in its team of owners, `foreign` owns another organization.
 */
const CALLERS = ['anonymous', 'outsider', 'foreign', 'collaborator', 'reader', 'writer', 'manager', 'owner', 'admin'] as const;
type Caller = (typeof CALLERS)[number];

/** What each caller gets: `2` a success, otherwise the status. The second line is for a private repository. */
type Row = readonly [open: string, hidden: string];

function same(line: string): Row {
  return [line, line];
}

//                    anon outs fore coll read writ mana owne admi
const ANYONE = same('  2    2    2    2    2    2    2    2    2');
const USER = same('    401  2    2    2    2    2    2    2    2');
const HUB_ADMIN = same('401 403  403  403  403  403  403  403  2');
const NAMESPACE = same('401 403  403  403  403  403  403  2    2');
const READ: Row = [
  '                    2    2    2    2    2    2    2    2    2',
  '                    404  404  404  2    2    2    2    2    2'];
const WRITE: Row = [
  '                    401  403  403  2    403  2    2    2    2',
  '                    404  404  404  2    403  2    2    2    2'];
const ADMIN: Row = [
  '                    401  403  403  403  403  403  2    2    2',
  '                    404  404  404  403  403  403  2    2    2'];
const SIGNUP = same('  403  403  403  403  403  403  403  403  2');
const R = '/v2/repositories/:namespace/:name';
const N = '/v2/namespaces/:namespace/repositories';

/** Everybody has tokens of their own; the one in the scene is its owner's. */
function forTokens(path: string): Record<string, Row> {
  const own = same('   401 404  404  404  404  404  404  2    404');
  return { [`GET ${path}`]: USER, [`POST ${path}`]: USER, [`GET ${path}/:uuid`]: own, [`PATCH ${path}/:uuid`]: own, [`DELETE ${path}/:uuid`]: own };
}

const MATRIX: Readonly<Record<string, Row>> = {
  'POST /v2/users/login': ANYONE,
  'POST /v2/auth/token': ANYONE,
  'POST /v2/logout': USER,
  'POST /v2/users': SIGNUP,
  'GET /v2/users/:username': ANYONE,
  'GET /v2/user': USER,
  'PATCH /v2/user': USER,
  // The scene's password is its owner's; for all others it is a wrong one.
  'POST /v2/user/password': same('401 401 401 401 401 401 401 2 401'),
  ...forTokens('/v2/access-tokens'),
  ...forTokens('/v2/api_tokens'),
  'GET /v2/users/:namespace/registry-settings': NAMESPACE,
  'GET /api/billing/v4/accounts/:account/hub-plan': same('401 404 404 404 2 2 2 2 404'),
  'GET /v2/auditlogs/:namespace': NAMESPACE,
  'GET /v2/auditlogs/:namespace/actions': NAMESPACE,
  'GET /v2/admin/users': HUB_ADMIN,
  'PATCH /v2/admin/users/:username': HUB_ADMIN,
  'POST /v2/admin/users/:username/password': HUB_ADMIN,
  'PATCH /v2/admin/orgs/:organization': HUB_ADMIN,
  'PATCH /v2/admin/repositories/:namespace/:name': HUB_ADMIN,
  'GET /v2/repositories': ANYONE,
  'POST /v2/repositories': NAMESPACE,
  'GET /v2/repositories/:namespace': ANYONE,
  'GET /v2/users/:namespace/repositories': ANYONE,
  [`GET ${N}`]: ANYONE,
  [`POST ${N}`]: NAMESPACE,
  [`GET ${N}/:name`]: READ,
  [`GET ${R}`]: READ,
  [`PATCH ${R}`]: ADMIN,
  [`POST ${R}/privacy`]: ADMIN,
  [`DELETE ${R}`]: ADMIN,
  [`GET ${R}/tags`]: READ,
  [`GET ${R}/tags/:tag`]: READ,
  [`DELETE ${R}/tags/:tag`]: ADMIN,
  [`GET ${N}/:name/tags`]: READ,
  [`GET ${N}/:name/tags/:tag`]: READ,
  [`DELETE ${N}/:name/tags/:tag`]: ADMIN,
  [`GET ${R}/collaborators`]: ADMIN,
  [`POST ${R}/collaborators`]: ADMIN,
  [`DELETE ${R}/collaborators/:user`]: ADMIN,
  [`GET ${R}/webhook_pipeline`]: ADMIN,
  [`POST ${R}/webhook_pipeline`]: ADMIN,
  [`GET ${R}/webhook_pipeline/:slug`]: ADMIN,
  [`PATCH ${R}/webhook_pipeline/:slug`]: ADMIN,
  [`DELETE ${R}/webhook_pipeline/:slug`]: ADMIN,
  [`GET ${R}/webhook_pipeline/:slug/history`]: ADMIN,
  [`POST ${R}/webhook_pipeline/:slug/test`]: ADMIN,
  [`POST ${R}/webhooks/:id/rotate_secret`]: ADMIN,
  [`POST ${R}/pushes`]: WRITE,
  [`GET ${R}/pushes`]: WRITE,
  [`GET ${R}/pushes/:id`]: WRITE,
  [`GET ${R}/runs`]: ADMIN,
  [`GET ${R}/runs/:id`]: ADMIN,
  [`POST ${R}/runs/:id/cancel`]: ADMIN,
  [`POST ${R}/runs/:id/redeliver`]: ADMIN,
  'POST /u/:namespace/:name/hook/:token': ANYONE,
  'GET /v2': ANYONE,
  'GET /healthz': ANYONE,
  'GET /readyz': ANYONE,
  'GET /version': ANYONE,
  'GET /openapi.json': ANYONE,
  'GET /docs': ANYONE,
};

/** scrypt with the smallest cost: the matrix logs in often. The password is `password`. */
const QUICK_HASH = 'scrypt$2$1$1$c2FsdA==$bRu4eO7pzkp7d9ekQQNXTUy/48Fa45QPD/51zV4eCvo=';

type Users = Readonly<Record<Exclude<Caller, 'anonymous'>, UserRow>>;

interface Scene {
  readonly api: TestApi;
  readonly users: Users;
  readonly tokens: Readonly<Record<Caller, string | undefined>>;
  readonly values: Readonly<Record<string, string>>;
}

/** A member of a new team of the organization that has a permission on the repository. */
async function buildTeamMember({ db }: TestApi, organization: OrganizationRow, repository: RepositoryRow, permission: Permission): Promise<UserRow> {
  const user = await buildUser(db);
  const team = await buildTeam(db, organization, [user]);
  await setPermission(db, repository.id, team.id, permission);
  return user;
}

async function buildUsers(api: TestApi, owner: UserRow, organization: OrganizationRow, repository: RepositoryRow): Promise<Users> {
  const foreign = await buildUser(api.db);
  await buildOrganization(api.db, { owner: foreign });
  return {
    outsider: await buildUser(api.db),
    foreign,
    collaborator: await buildCollaborator(api.db, repository),
    reader: await buildTeamMember(api, organization, repository, 'read'),
    writer: await buildTeamMember(api, organization, repository, 'write'),
    manager: await buildTeamMember(api, organization, repository, 'admin'),
    owner,
    admin: await buildUser(api.db, { is_admin: true }),
  };
}

/** A repository of an organization, with one of everything that a path can name. */
async function buildScene(api: TestApi, is_private: boolean, route: Route): Promise<Scene> {
  const { db } = api;
  const owner = await buildUser(db, { password_hash: QUICK_HASH });
  const organization = await buildOrganization(db, { owner });
  const repository = await buildRepository(db, { namespace: organization.name, is_private });
  const users = await buildUsers(api, owner, organization, repository);
  const tokens = await Promise.all(Object.values(users).map((user) => api.login(user)));
  const values = await buildValues(api, repository, route);
  const { row } = await insertAccessToken(db, {
    user_id: owner.id, label: 'ci', scope: 'repo:read', repository_id: null, creator_ip: '', creator_ua: '', expires: null,
  });
  return {
    api,
    users,
    tokens: { anonymous: undefined, ...Object.fromEntries(Object.keys(users).map((name, index) => [name, tokens[index]])) } as Scene['tokens'],
    values: { namespace: repository.namespace, name: repository.name, organization: organization.name, username: owner.username, uuid: row.id, tag: 'latest', account: organization.id.slice(4), ...values },
  };
}

/** What stands for the other parameters of a path. */
async function buildValues({ db }: TestApi, repository: RepositoryRow, { path }: Route): Promise<Record<string, string>> {
  const { chain, run, push, deliveries } = await buildRun(db, { repository, expect_final_callback: true });
  const delivery = await advanceToWaiting(db, pick(deliveries).id);
  if (path.endsWith('/redeliver')) await db('runs').where({ id: run.id }).update({ state: 'failure' });
  const user = await buildCollaborator(db, repository);
  const id = path.includes('/pushes/') ? push.id : path.includes('/webhooks/') ? pick(chain.webhooks).id : run.id;
  return { slug: chain.slug, user: user.username, id, token: callbackPath(repository, delivery.id).split('/').at(-2) ?? '' };
}

/** A body that each route takes. */
function describeBody({ method, path }: Route, { users: { owner }, values }: Scene): object | undefined {
  const webhook = { name: 'w', hook_url: 'https://w.example/' };
  const bodies: Readonly<Record<string, object>> = {
    'POST /v2/users/login': { username: owner.username, password: 'password' },
    'POST /v2/users': { username: uniqueName(), email: 'a@example.com', password: 'password' },
    'POST /v2/auth/token': { identifier: owner.username, secret: 'password' },
    'POST /v2/user/password': { current_password: 'password', new_password: 'new password' },
    'PATCH /v2/admin/users/:username': { private_repo_limit: 5 },
    'POST /v2/admin/users/:username/password': { new_password: 'new password' },
    'PATCH /v2/admin/orgs/:organization': { private_repo_limit: null },
    'PATCH /v2/admin/repositories/:namespace/:name': { is_official: true },
    'POST /v2/repositories': { namespace: values['namespace'], name: uniqueName() },
    [`POST ${N}`]: { name: uniqueName() },
    [`POST ${R}/privacy`]: { is_private: true },
    [`POST ${R}/collaborators`]: { user: values['user'] },
    [`POST ${R}/webhook_pipeline`]: { name: uniqueName(), webhooks: [webhook] },
    'POST /u/:namespace/:name/hook/:token': { state: 'success' },
  };
  return method === 'GET' ? undefined : (bodies[`${method} ${path}`] ?? {});
}

function fillPath({ path }: Route, values: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)/g, (_, key: string) => values[key] ?? '');
}

async function ask(scene: Scene, route: Route, caller: Caller): Promise<string> {
  const path = fillPath(route, scene.values);
  const body = describeBody(route, scene);
  const { status } = await scene.api.request(route.method, path, { token: scene.tokens[caller], ...(body ? { body } : {}) });
  return status < 300 ? '2' : String(status);
}

function byCaller(statuses: readonly string[]): string[] {
  return CALLERS.map((caller, index) => `${caller} ${statuses[index] ?? 'no row'}`);
}

const ALL = [...ROUTES, ...docsRoutes(ROUTES, 'https://hub.example')];

test('every route has its row in the table of rights, and every row its route', (t) => {
  t.deepEqual(Object.keys(MATRIX).sort(), ALL.map(({ method, path }) => `${method} ${path}`).sort());
});

for (const route of ALL) {
  const name = `${route.method} ${route.path}`;
  for (const [index, kind] of (['public', 'private'] as const).entries()) {
    test(`${name}: who may on a ${kind} repository`, async (t) => {
      const api = await startApi(t);
      const seen: string[] = [];
      // Each caller finds a fresh scene: one of them may delete it.
      for (const caller of CALLERS) seen.push(await ask(await buildScene(api, kind === 'private', route), route, caller));
      t.deepEqual(byCaller(seen), byCaller(MATRIX[name]?.[index]?.trim().split(/ +/) ?? []));
    });
  }
}

for (const route of ALL.filter(({ may }) => may.startsWith('repository:'))) {
  test(`${route.method} ${route.path}: a private repository answers strangers like a missing one, byte for byte`, async (t) => {
    const api = await startApi(t);
    const scene = await buildScene(api, true, route);
    const paths = [fillPath(route, scene.values), fillPath(route, { ...scene.values, name: 'missing' })] as const;
    for (const caller of ['anonymous', 'outsider', 'foreign'] as const) {
      const [hidden, absent] = await Promise.all(paths.map((path) => api.request(route.method, path, { token: scene.tokens[caller] })));
      t.deepEqual([hidden?.status, absent?.status], [404, 404]);
      t.is(hidden?.text, absent?.text);
    }
  });
}

import test from 'ava';
import { ROUTES } from '../../api/app.js';
import { docsRoutes } from '../../api/routes/docs.js';
import type { Route } from '../../api/route.js';
import type { UserRow } from '../../db/users.js';
import { buildPlace, callbackPath, startApi, type TestApi } from '../helpers/api.js';
import { advanceToWaiting, buildCollaborator, buildRun, buildUser, pick, uniqueName } from '../helpers/builders.js';

const CALLERS = ['anonymous', 'outsider', 'collaborator', 'owner', 'admin'] as const;
type Caller = (typeof CALLERS)[number];

/** What each caller gets: `2` a success, otherwise the status; the second line is for a private repository. */
type Row = readonly [open: string, hidden: string];

const ANYONE: Row = ['2   2   2   2   2', '2   2   2   2   2'];
const READ: Row = ['2   2   2   2   2', '404 404 2   2   2'];
const WRITE: Row = ['401 403 2   2   2', '404 404 2   2   2'];
const ADMIN: Row = ['401 403 403 2   2', '404 404 403 2   2'];
const R = '/v2/repositories/:namespace/:name';

const MATRIX: Readonly<Record<string, Row>> = {
  'POST /v2/users/login': ANYONE,
  'POST /v2/users': ['403 403 403 403 2', '403 403 403 403 2'],
  'POST /v2/repositories': ['401 403 403 2   2', '401 403 403 2   2'],
  [`GET ${R}`]: READ,
  [`PATCH ${R}`]: ADMIN,
  [`POST ${R}/privacy`]: ADMIN,
  [`DELETE ${R}`]: ADMIN,
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
  'GET /healthz': ANYONE,
  'GET /readyz': ANYONE,
  'GET /version': ANYONE,
  'GET /openapi.json': ANYONE,
  'GET /docs': ANYONE,
};

/** scrypt with the smallest cost: the matrix logs in ten times. The password is `password`. */
const QUICK_HASH = 'scrypt$2$1$1$c2FsdA==$bRu4eO7pzkp7d9ekQQNXTUy/48Fa45QPD/51zV4eCvo=';

interface Scene {
  readonly api: TestApi;
  readonly tokens: Readonly<Record<Caller, string | undefined>>;
  readonly owner: UserRow;
  readonly values: Readonly<Record<string, string>>;
}

/** A repository with one of everything that a path can name. */
async function buildScene(api: TestApi, is_private: boolean, route: Route): Promise<Scene> {
  const owner = await buildUser(api.db, { password_hash: QUICK_HASH });
  const { repository, token } = await buildPlace(api, { owner, is_private });
  const [outsider, admin] = [await buildUser(api.db), await buildUser(api.db, { is_admin: true })];
  const collaborator = await buildCollaborator(api.db, repository);
  const { chain, run, push, deliveries } = await buildRun(api.db, { repository, expect_final_callback: true });
  const delivery = await advanceToWaiting(api.db, pick(deliveries).id);
  if (route.path.endsWith('/redeliver')) await api.db('runs').where({ id: run.id }).update({ state: 'failure' });
  const user = await buildCollaborator(api.db, repository);
  const id = route.path.includes('/pushes/') ? push.id : route.path.includes('/webhooks/') ? pick(chain.webhooks).id : run.id;
  const callbackToken = callbackPath(repository, delivery.id).split('/').at(-2) ?? '';
  return {
    api,
    owner,
    tokens: {
      anonymous: undefined, outsider: await api.login(outsider), collaborator: await api.login(collaborator), owner: token, admin: await api.login(admin),
    },
    values: { namespace: repository.namespace, name: repository.name, slug: chain.slug, user: user.username, id, token: callbackToken },
  };
}

/** A body that each route takes. */
function describeBody({ method, path }: Route, { owner, values }: Scene): object | undefined {
  const webhook = { name: 'w', hook_url: 'https://w.example/' };
  const bodies: Readonly<Record<string, object>> = {
    'POST /v2/users/login': { username: owner.username, password: 'password' },
    'POST /v2/users': { username: uniqueName(), email: 'a@example.com', password: 'password' },
    'POST /v2/repositories': { namespace: owner.username, name: uniqueName() },
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
      t.is(seen.map((status) => status.padEnd(3)).join(' ').trim(), MATRIX[name]?.[index] ?? 'no row');
    });
  }
}

for (const route of ALL.filter(({ may }) => may.startsWith('repository:'))) {
  test(`${route.method} ${route.path}: a private repository answers strangers like a missing one, byte for byte`, async (t) => {
    const api = await startApi(t);
    const scene = await buildScene(api, true, route);
    const paths = [fillPath(route, scene.values), fillPath(route, { ...scene.values, name: 'missing' })] as const;
    for (const caller of ['anonymous', 'outsider'] as const) {
      const [hidden, absent] = await Promise.all(paths.map((path) => api.request(route.method, path, { token: scene.tokens[caller] })));
      t.deepEqual([hidden?.status, absent?.status], [404, 404]);
      t.is(hidden?.text, absent?.text);
    }
  });
}

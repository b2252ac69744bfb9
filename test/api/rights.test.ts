import test from 'ava';
import type { Route } from '../../api/route.js';
import { takesCookie } from '../../api/ownPages.js';
import { fromPage, startApi } from '../helpers/api.js';
import { ALL_ROUTES, buildScene, CALLERS, describeBody, encodeBody, fillPath, type Caller, type Scene } from '../helpers/scene.js';

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
const MEMBER = same('   401 403  403  403  2    2    2    2    2');
/** The scene's team holds none of the callers. */
const TEAM = same('     401 403  403  403  404  404  404  2    2');
const READ: Row = [
  '                    2    2    2    2    2    2    2    2    2',
  '                    404  404  404  2    2    2    2    2    2'];
const WRITE: Row = [
  '                    401  403  403  2    403  2    2    2    2',
  '                    404  404  404  2    403  2    2    2    2'];
const ADMIN: Row = [
  '                    401  403  403  403  403  403  2    2    2',
  '                    404  404  404  403  403  403  2    2    2'];
const LOGGED_IN: Row = [
  '                    401  2    2    2    2    2    2    2    2',
  '                    404  404  404  2    2    2    2    2    2'];
const SIGNUP = same('  403  403  403  403  403  403  403  403  2');
const OWNER_ALONE = same('401 404  404  404  404  404  404  2    404');
const R = '/v2/repositories/:namespace/:name';
const N = '/v2/namespaces/:namespace/repositories';
const O = '/v2/orgs/:organization';
const I = '/v2/invites/:id';

/** Everybody has tokens of their own; the one in the scene is its owner's. */
function forTokens(path: string): Record<string, Row> {
  const own = OWNER_ALONE;
  return { [`GET ${path}`]: USER, [`POST ${path}`]: USER, [`GET ${path}/:uuid`]: own, [`PATCH ${path}/:uuid`]: own, [`DELETE ${path}/:uuid`]: own };
}

const MATRIX: Readonly<Record<string, Row>> = {
  'POST /v2/users/login': ANYONE,
  'POST /v2/auth/token': ANYONE,
  'POST /v2/logout': USER,
  // By the owner's password, whoever asks.
  'POST /v2/session': ANYONE,
  'GET /v2/session': USER,
  'DELETE /v2/session': USER,
  'GET /v2/sessions': USER,
  // The one in the scene is its owner's.
  'DELETE /v2/sessions/:id': OWNER_ALONE,
  'POST /v2/users': SIGNUP,
  'GET /v2/users/:username': ANYONE,
  'GET /v2/user': USER,
  'PATCH /v2/user': USER,
  // The scene's password is its owner's; for all others it is a wrong one.
  'POST /v2/user/password': same('401 401 401 401 401 401 401 2 401'),
  ...forTokens('/v2/access-tokens'),
  ...forTokens('/v2/api_tokens'),
  'GET /token': ANYONE,
  // By the owner's password, whoever asks.
  'POST /token': ANYONE,
  'GET /v2/user/registry-logins': USER,
  // The one in the scene is its owner's.
  'DELETE /v2/user/registry-logins/:id': OWNER_ALONE,
  'GET /v2/users/:namespace/registry-settings': NAMESPACE,
  'GET /api/billing/v4/accounts/:account/hub-plan': same('401 404 404 404 2 2 2 2 404'),
  'GET /v2/auditlogs/:namespace': NAMESPACE,
  'GET /v2/auditlogs/:namespace/actions': NAMESPACE,
  'GET /v2/admin/auditlogs': HUB_ADMIN,
  'GET /v2/admin/users': HUB_ADMIN,
  'GET /v2/admin/endpoints': HUB_ADMIN,
  'GET /v2/admin/health': HUB_ADMIN,
  'PATCH /v2/admin/users/:username': HUB_ADMIN,
  'POST /v2/admin/users/:username/password': HUB_ADMIN,
  'PATCH /v2/admin/orgs/:organization': HUB_ADMIN,
  'PATCH /v2/admin/repositories/:namespace/:name': HUB_ADMIN,
  'POST /v2/orgs': USER,
  'GET /v2/user/orgs': USER,
  [`GET ${O}`]: ANYONE,
  [`PATCH ${O}`]: NAMESPACE,
  [`DELETE ${O}`]: NAMESPACE,
  [`GET ${O}/members`]: MEMBER,
  [`PUT ${O}/members/:username`]: NAMESPACE,
  [`DELETE ${O}/members/:username`]: NAMESPACE,
  [`GET ${O}/groups`]: MEMBER,
  [`POST ${O}/groups`]: NAMESPACE,
  [`GET ${O}/groups/:group`]: TEAM,
  [`PATCH ${O}/groups/:group`]: NAMESPACE,
  [`PUT ${O}/groups/:group`]: NAMESPACE,
  [`DELETE ${O}/groups/:group`]: NAMESPACE,
  [`GET ${O}/groups/:group/members`]: TEAM,
  [`POST ${O}/groups/:group/members`]: NAMESPACE,
  [`DELETE ${O}/groups/:group/members/:username`]: NAMESPACE,
  'POST /v2/invites/bulk': NAMESPACE,
  [`GET ${O}/invites`]: NAMESPACE,
  'GET /v2/user/invites': USER,
  // The outsider is invited.
  [`POST ${I}/accept`]: same('401 2 404 404 404 404 404 403 403'),
  [`PATCH ${I}/resend`]: same('401 403 404 404 404 404 404 2 2'),
  [`DELETE ${I}`]: same('401 2 404 404 404 404 404 2 2'),
  [`GET ${R}/groups`]: ADMIN,
  [`POST ${R}/groups`]: ADMIN,
  [`GET ${R}/groups/:group_id`]: ADMIN,
  [`PATCH ${R}/groups/:group_id`]: ADMIN,
  [`PUT ${R}/groups/:group_id`]: ADMIN,
  [`DELETE ${R}/groups/:group_id`]: ADMIN,
  'GET /v2/repositories': ANYONE,
  'POST /v2/repositories': NAMESPACE,
  'GET /v2/repositories/:namespace': ANYONE,
  'GET /v2/users/:namespace/repositories': ANYONE,
  [`GET ${N}`]: ANYONE,
  [`POST ${N}`]: NAMESPACE,
  [`GET ${N}/:name`]: READ,
  [`GET ${R}`]: READ,
  [`PATCH ${R}`]: ADMIN,
  [`GET ${R}/readme.html`]: READ,
  [`POST ${R}/readme.html`]: ADMIN,
  [`POST ${R}/privacy`]: ADMIN,
  [`DELETE ${R}`]: ADMIN,
  [`GET ${R}/tags`]: READ,
  [`GET ${R}/tags/:tag`]: READ,
  [`DELETE ${R}/tags/:tag`]: ADMIN,
  [`DELETE ${R}/manifests/:digest`]: ADMIN,
  // By its secret alone.
  'POST /events': same('401 401 401 401 401 401 401 401 401'),
  'POST /v2/admin/registry/reconcile': HUB_ADMIN,
  'GET /v2/admin/registry/reconcile': HUB_ADMIN,
  [`GET ${N}/:name/tags`]: READ,
  [`GET ${N}/:name/tags/:tag`]: READ,
  [`DELETE ${N}/:name/tags/:tag`]: ADMIN,
  [`POST ${R}/stars`]: LOGGED_IN,
  [`DELETE ${R}/stars`]: LOGGED_IN,
  'GET /v2/users/:username/repositories/starred': ANYONE,
  [`GET ${R}/comments`]: READ,
  [`POST ${R}/comments`]: LOGGED_IN,
  // The collaborator wrote it.
  [`PATCH ${R}/comments/:id`]: ['401 403 403 2 403 403 403 403 403', '404 404 404 2 403 403 403 403 403'],
  [`DELETE ${R}/comments/:id`]: ['401 403 403 2 403 403 2 2 2', '404 404 404 2 403 403 2 2 2'],
  [`POST ${R}/comments/:id/report`]: LOGGED_IN,
  'GET /v2/admin/reports': HUB_ADMIN,
  'POST /v2/admin/reports/:id/dismiss': HUB_ADMIN,
  'POST /v2/admin/reports/:id/hide': HUB_ADMIN,
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
  [`POST ${R}/webhooks/:id/resume`]: ADMIN,
  [`GET ${R}/webhooks`]: ADMIN,
  [`GET ${R}/repositories/webhooks`]: ADMIN,
  [`POST ${R}/webhooks`]: ADMIN,
  [`DELETE ${R}/webhooks/:id`]: ADMIN,
  [`POST ${R}/webhooks/:id/hooks`]: ADMIN,
  [`POST ${R}/pushes`]: WRITE,
  [`GET ${R}/pushes`]: WRITE,
  [`GET ${R}/pushes/:id`]: WRITE,
  [`GET ${R}/runs`]: ADMIN,
  [`GET ${R}/runs/events`]: ADMIN,
  [`GET ${R}/runs/:id/events`]: ADMIN,
  [`GET ${R}/runs/:id`]: ADMIN,
  [`POST ${R}/runs/:id/cancel`]: ADMIN,
  [`POST ${R}/runs/:id/redeliver`]: ADMIN,
  'POST /u/:namespace/:name/hook/:token': ANYONE,
  'GET /v2/receivers': USER,
  'POST /v2/receivers': USER,
  // The one in the scene is its owner's.
  'GET /v2/receivers/:id': OWNER_ALONE,
  'DELETE /v2/receivers/:id': OWNER_ALONE,
  'POST /v2/receivers/:id/calls/:call/callback': OWNER_ALONE,
  'POST /receive/:token': ANYONE,
  [`GET ${R}/source`]: ADMIN,
  [`PUT ${R}/source`]: ADMIN,
  [`POST ${R}/source/rotate_secret`]: ADMIN,
  [`DELETE ${R}/source`]: ADMIN,
  // Whoever asks: it is the signature that counts, and there is none.
  'POST /v2/sources/:id/hook': same('401 401 401 401 401 401 401 401 401'),
  [`GET ${R}/inbound`]: ADMIN,
  [`POST ${R}/inbound`]: ADMIN,
  [`POST ${R}/inbound/:id/rotate_secret`]: ADMIN,
  [`DELETE ${R}/inbound/:id`]: ADMIN,
  // Nor is it a user who asks here.
  'POST /v2/inbound/:id': same('401 401 401 401 401 401 401 401 401'),
  [`GET ${R}/builds`]: WRITE,
  [`POST ${R}/builds/claim`]: WRITE,
  [`GET ${R}/builds/:id`]: WRITE,
  [`POST ${R}/builds/:id/renew`]: WRITE,
  [`POST ${R}/builds/:id/finish`]: WRITE,
  'GET /v2': ANYONE,
  'GET /v2/search/repositories': ANYONE,
  'GET /v1/search': ANYONE,
  'GET /v2/_catalog': USER,
  'GET /v1/_ping': ANYONE,
  'GET /healthz': ANYONE,
  'GET /readyz': ANYONE,
  'GET /version': ANYONE,
  'GET /openapi.json': ANYONE,
  'GET /docs': ANYONE,
};

/** By the token in `Authorization`, or by the same token as a page's cookie. */
async function ask(scene: Scene, route: Route, caller: Caller, isPage = false): Promise<string> {
  const path = fillPath(route, scene.values);
  const body = describeBody(route, scene);
  const token = scene.tokens[caller];
  const { headers, ...encoded } = body ? encodeBody(route, body) : {};
  const shown = isPage ? { headers: { ...headers, ...fromPage(scene.api, token) } } : { token, headers: headers ?? {} };
  const { status } = await scene.api.request(route.method, path, { ...encoded, ...shown });
  return status < 300 ? '2' : String(status);
}

function byCaller(statuses: readonly string[]): string[] {
  return CALLERS.map((caller, index) => `${caller} ${statuses[index] ?? 'no row'}`);
}

test('every route has its row in the table of rights, and every row its route', (t) => {
  t.deepEqual(Object.keys(MATRIX).sort(), ALL_ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

for (const route of ALL_ROUTES) {
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

/** Of those who are in the table who may nearly nothing, and who may nearly all: what lies between is asked of the same code. */
const BY_COOKIE = ['outsider', 'owner'] as const;

for (const route of ALL_ROUTES) {
  test(`${route.method} ${route.path}: a page is answered by its cookie as by the token, or the cookie counts nothing`, async (t) => {
    const api = await startApi(t);
    const row = MATRIX[`${route.method} ${route.path}`]?.[1]?.trim().split(/ +/) ?? [];
    for (const caller of BY_COOKIE) {
      const seen = await ask(await buildScene(api, true, route), route, caller, true);
      t.is(seen, row[takesCookie(route) ? CALLERS.indexOf(caller) : 0] ?? 'no row', caller);
    }
  });
}

for (const route of ALL_ROUTES.filter(({ may }) => may.startsWith('repository:'))) {
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

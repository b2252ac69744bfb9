import { ROUTES } from '../../api/app.js';
import { beginSession } from '../../api/auth.js';
import { OWN_PAGE_HEADER } from '../../api/ownPages.js';
import type { Route } from '../../api/route.js';
import { docsRoutes } from '../../api/routes/docs.js';
import { insertAccessToken } from '../../db/accessTokens.js';
import { toNumber } from '../../db/ids.js';
import type { OrganizationRow } from '../../db/organizations.js';
import { setPermission, type Permission } from '../../db/permissions.js';
import { insertReceiver, recordCall } from '../../db/receivers.js';
import type { RepositoryRow } from '../../db/repositories.js';
import type { UserRow } from '../../db/users.js';
import { callbackPath, type RequestOptions, type TestApi } from './api.js';
import {
  advanceToWaiting, buildCollaborator, buildComment, buildOrganization, buildRegistryLogin, buildReport, buildRepository, buildRun, buildTeam, buildUser, pick,
  must, uniqueName, QUICK_HASH,
} from './builders.js';
import { buildInbound } from './inbound.js';
import { buildGroupValues } from './organization.js';
import { buildClaimedBuild, buildSource } from './sources.js';

/** Every route that a hub answers. */
export const ALL_ROUTES: readonly Route[] = [...ROUTES, ...docsRoutes(ROUTES, 'https://hub.example')];

const R = '/v2/repositories/:namespace/:name';
const N = '/v2/namespaces/:namespace/repositories';
const O = '/v2/orgs/:organization';

/**
 * Who asks. The repository belongs to an organization; `reader`, `writer` and `manager` are in teams with the
 * permissions read, write and admin on it, `owner` is in its team of owners, `foreign` owns another organization.
 */
export const CALLERS = ['anonymous', 'outsider', 'foreign', 'collaborator', 'reader', 'writer', 'manager', 'owner', 'admin'] as const;
export type Caller = (typeof CALLERS)[number];

type Users = Readonly<Record<Exclude<Caller, 'anonymous'>, UserRow>>;

export interface Scene {
  readonly api: TestApi;
  readonly users: Users;
  readonly tokens: Readonly<Record<Caller, string | undefined>>;
  readonly values: Readonly<Record<string, string>>;
}

/** A member of a new team of the organization that has a permission on the repository. */
async function buildTeamMember({ db }: TestApi, organization: OrganizationRow, repository: RepositoryRow, permission: Permission): Promise<UserRow> {
  const user = await buildUser(db);
  const team = await buildTeam(db, organization, [user]);
  await setPermission(db, repository.id, { team, permission });
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
export async function buildScene(api: TestApi, is_private: boolean, route: Route): Promise<Scene> {
  const { db } = api;
  const owner = await buildUser(db, { password_hash: QUICK_HASH });
  const organization = await buildOrganization(db, { owner });
  const repository = await buildRepository(db, { namespace: organization.name, is_private });
  const users = await buildUsers(api, owner, organization, repository);
  const tokens = await Promise.all(Object.values(users).map((user) => api.login(user)));
  const opinion = await buildOpinion(api, repository, { author: users.collaborator, route });
  const values = { ...(await buildValues(api, repository, route)), ...opinion, ...(await buildGroupValues(api, { organization, repository, invitee: users.outsider }, route)) };
  const login = { ...(await buildLogin(api, owner, route)), ...(await buildReceiver(api, owner, { route, values: { ...values, namespace: repository.namespace, name: repository.name } })) };
  const { row } = await insertAccessToken(db, {
    user_id: owner.id, label: 'ci', scopes: ['repo:read'], repository_id: null, creator_ip: '', creator_ua: '', expires: null,
  });
  return {
    api,
    users,
    tokens: { anonymous: undefined, ...Object.fromEntries(Object.keys(users).map((name, index) => [name, tokens[index]])) } as Scene['tokens'],
    values: { namespace: repository.namespace, name: repository.name, organization: organization.name, username: owner.username, uuid: row.id, tag: 'latest', digest: SCENE_DIGEST, account: organization.id.slice(4), ...values, ...login },
  };
}

/** The id of a login of the owner's, where the path asks for one. */
async function buildLogin({ db, hub }: TestApi, owner: UserRow, { path }: Route): Promise<Record<string, string>> {
  if (path.includes('/registry-logins/')) return { id: (await buildRegistryLogin(db, owner)).id };
  return path.includes('/sessions/') ? { id: (await beginSession(hub, owner)).session.id } : {};
}

/** A receiver of the owner's with a call, where the path asks for one. */
async function buildReceiver({ db, publicUrl }: TestApi, owner: UserRow, { route: { path }, values: { namespace, name, token } }: { route: Route; values: Readonly<Record<string, string>> }): Promise<Record<string, string>> {
  if (!/\/receive(rs)?\//.test(path)) return {};
  const receiver = must(await insertReceiver(db, owner.id, { name: 'r', limit: 100 }), 'a receiver');
  const call = must(await recordCall(db, receiver.token, { headers: '{}', body: JSON.stringify({ callback_url: `${publicUrl}/u/${namespace}/${name}/hook/${token}/` }) }), 'a call');
  return { id: receiver.id, call, token: receiver.token };
}

/** The id of a comment or of a report of it, where the path asks for one. */
async function buildOpinion(
  { db }: TestApi, repository: RepositoryRow, { author, route: { path } }: { author: UserRow; route: Route },
): Promise<Record<string, string>> {
  if (!/\/(comments|reports)\//.test(path)) return {};
  const comment = await buildComment(db, { repository, author });
  return { id: path.includes('/reports/') ? await buildReport(db, comment) : String(comment.id) };
}

/** Of the scene's tag. */
const SCENE_DIGEST = `sha256:${'5'.repeat(64)}`;

/** What stands for the other parameters of a path. */
async function buildValues({ db }: TestApi, repository: RepositoryRow, { path }: Route): Promise<Record<string, string>> {
  const { chain, run, push, deliveries } = await buildRun(db, { repository, expect_final_callback: true, push: { digest: SCENE_DIGEST } });
  const delivery = await advanceToWaiting(db, pick(deliveries).id);
  if (path.endsWith('/redeliver')) await db('runs').where({ id: run.id }).update({ state: 'failure' });
  const user = await buildCollaborator(db, repository);
  const { id: source } = await buildSource(db, { repository });
  const build = await buildClaimedBuild(db, repository);
  const inbound = await buildInbound(db, { repository });
  const ids = { '/inbound/': inbound.id, '/pushes/': push.id, '/rotate_secret': pick(chain.webhooks).id, '/resume': pick(chain.webhooks).id, '/webhooks/': String(toNumber(chain.id)), '/sources/': source, '/builds/': build.id };
  const id = Object.entries(ids).find(([part]) => path.includes(part))?.[1] ?? run.id;
  return { slug: chain.slug, user: user.username, id, claim: build.claim ?? '', token: callbackPath(repository, delivery.id).split('/').at(-2) ?? '' };
}

/** A body that each route takes. */
export function describeBody({ method, path }: Route, { users: { owner, outsider }, values }: Scene): object | undefined {
  const webhook = { name: 'w', hook_url: 'https://w.example/' };
  const bodies: Readonly<Record<string, object>> = {
    'POST /v2/users/login': { username: owner.username, password: 'password' },
    'POST /v2/session': { username: owner.username, password: 'password' },
    'POST /v2/users': { username: uniqueName(), email: 'a@example.com', password: 'password' },
    'POST /v2/auth/token': { identifier: owner.username, secret: 'password' },
    'POST /token': { grant_type: 'password', username: owner.username, password: 'password', service: 'hookline-registry' },
    'POST /v2/user/password': { current_password: 'password', new_password: 'new password' },
    'PATCH /v2/admin/users/:username': { private_repo_limit: 5 },
    'POST /v2/admin/users/:username/password': { new_password: 'new password' },
    'PATCH /v2/admin/orgs/:organization': { private_repo_limit: null },
    'PATCH /v2/admin/repositories/:namespace/:name': { is_official: true },
    'POST /v2/repositories': { namespace: values['namespace'], name: uniqueName() },
    [`POST ${N}`]: { name: uniqueName() },
    [`POST ${R}/readme.html`]: { full_description: '# Usage' },
    [`POST ${R}/privacy`]: { is_private: true },
    [`POST ${R}/comments`]: { comment: 'c' },
    [`PATCH ${R}/comments/:id`]: { comment: 'c' },
    [`POST ${R}/comments/:id/report`]: { reason: 'r' },
    [`POST ${R}/collaborators`]: { user: values['user'] },
    [`POST ${R}/webhook_pipeline`]: { name: uniqueName(), webhooks: [webhook] },
    'POST /v2/receivers/:id/calls/:call/callback': { state: 'success' },
    'POST /v2/orgs': { orgname: uniqueName() },
    [`PUT ${O}/members/:username`]: { role: 'editor' },
    [`POST ${O}/groups`]: { name: uniqueName() },
    [`PUT ${O}/groups/:group`]: { name: uniqueName() },
    [`POST ${O}/groups/:group/members`]: { member: outsider.username },
    'POST /v2/invites/bulk': { org: values['organization'], invitees: [outsider.username] },
    [`POST ${R}/groups`]: { group_id: Number(values['group_id']), permission: 'write' },
    [`PUT ${R}/groups/:group_id`]: { permission: 'write' },
    [`PATCH ${R}/groups/:group_id`]: { permission: 'write' },
    'POST /u/:namespace/:name/hook/:token': { state: 'success' },
    [`POST ${R}/webhooks`]: { name: uniqueName() },
    [`POST ${R}/webhooks/:id/hooks`]: { hook_url: webhook.hook_url },
    [`POST ${R}/inbound`]: { provider: 'gitea', upstream: 'acme/app' },
    [`PUT ${R}/source`]: { provider: 'github', source: 'acme/app' },
    [`POST ${R}/builds/:id/renew`]: { claim: values['claim'] },
    [`POST ${R}/builds/:id/finish`]: { claim: values['claim'], state: 'success' },
  };
  return method === 'GET' ? undefined : (bodies[`${method} ${path}`] ?? {});
}

/** A body as its route takes it; JSON text where it is text. In a form every value is text, and a list repeats its field. */
export function encodeBody({ bodyType, headers }: Pick<Route, 'bodyType' | 'headers'>, body: object | string): Pick<RequestOptions, 'body' | 'headers'> {
  if (headers?.properties[OWN_PAGE_HEADER]) return { body, headers: { [OWN_PAGE_HEADER]: '1' } };
  if (bodyType !== 'application/x-www-form-urlencoded') return { body };
  const fields = typeof body === 'string' ? (JSON.parse(body) as object) : body;
  const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((item: unknown) => [name, typeof item === 'string' ? item : JSON.stringify(item)]));
  return { body: new URLSearchParams(pairs as [string, string][]).toString(), headers: { 'content-type': bodyType } };
}

export function fillPath({ path }: Route, values: Readonly<Record<string, string>>): string {
  return path.replace(/:(\w+)/g, (_, key: string) => values[key] ?? '');
}

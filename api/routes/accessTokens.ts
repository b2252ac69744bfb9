import { Type } from '@sinclair/typebox';
import {
  deleteAccessToken, findAccessToken, insertAccessToken, listAccessTokens, updateAccessToken, type AccessTokenRow, type Scope,
} from '../../db/accessTokens.js';
import { findRepository, findRepositoryById } from '../../db/repositories.js';
import { ApiError, createInputError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { findCallerLevel } from '../policy.js';
import { alias, defineRoute, getCaller, type Call } from '../route.js';
import { AccessToken, AccessTokenChange, AccessTokens, NewAccessToken } from '../schemas/accessTokens.js';
import { Closed, PageQuery } from '../schemas/shapes.js';

const path = '/v2/access-tokens';
/** What older clients call it. */
const olderPath = '/v2/api_tokens';
const params = Closed({ uuid: Type.String() });
const errors = ['authentication_required', 'forbidden', 'not_found'] as const;

async function presentAccessToken({ db }: Pick<Call, 'db'>, row: AccessTokenRow, secret = '') {
  const repository = row.repository_id === null ? undefined : await findRepositoryById(db, row.repository_id);
  return {
    uuid: row.id,
    client_id: 'HUB',
    creator_ip: row.creator_ip,
    creator_ua: row.creator_ua,
    created_at: row.created,
    last_used: row.last_used,
    generated_by: 'manual',
    is_active: Boolean(row.is_active),
    token: secret,
    token_label: row.label,
    scopes: JSON.parse(row.scopes) as Scope[],
    expires_at: row.expires,
    repository: repository ? `${repository.namespace}/${repository.name}` : null,
  };
}

/** The id of the repository that a robot's token is for. One that the caller may not see does not exist. */
async function findRobotRepository(call: Call, name: string): Promise<string> {
  const [namespace = '', ...rest] = name.split('/');
  const repository = await findRepository(call.db, namespace, rest.join('/'));
  const level = repository ? await findCallerLevel(call, repository, call.caller) : 'none';
  if (!repository || level === 'none') throw createInputError({ repository: `${name} does not exist` });
  return repository.id;
}

function requireFuture(expires: string | null): void {
  if (expires !== null && Date.parse(expires) <= Date.now()) throw createInputError({ expires_at: 'lies in the past' });
}

const list = defineRoute({
  method: 'GET',
  path,
  summary: 'List one’s access tokens, newest first',
  may: 'account',
  query: Closed(PageQuery),
  responses: { 200: AccessTokens },
  errors: ['invalid_input', 'authentication_required', 'forbidden'],
  async handler(call) {
    const { activeCount, ...page } = await listAccessTokens(call.db, getCaller(call).id, readPage(call.query));
    const rows = await Promise.all(page.rows.map(async (row) => presentAccessToken(call, row)));
    return { status: 200, body: { ...presentPage({ ...page, rows }, (row) => row, call), active_count: activeCount } };
  },
});

const create = defineRoute({
  method: 'POST',
  path,
  summary: 'Create an access token',
  description: 'It is the password of a login, or sent as `Authorization: Bearer …` as it is. It is shown this once.',
  audit: 'token.create',
  may: 'account',
  body: NewAccessToken,
  responses: { 201: AccessToken },
  errors: ['invalid_input', 'authentication_required', 'forbidden'],
  async handler(call) {
    const { token_label = '', scopes = ['repo:admin'], repository } = call.body;
    const expires = call.body.expires_at || null;
    requireFuture(expires);
    const { row, secret } = await insertAccessToken(call.db, {
      user_id: getCaller(call).id,
      label: token_label,
      scopes: scopes as Scope[],
      repository_id: repository === undefined ? null : await findRobotRepository(call, repository),
      creator_ip: call.address,
      creator_ua: (call.headers['user-agent'] ?? '').slice(0, 255),
      expires,
    });
    return { status: 201, body: await presentAccessToken(call, row, secret), audit: { name: row.label, data: { uuid: row.id, scope: row.scope } } };
  },
});

const get = defineRoute({
  method: 'GET',
  path: `${path}/:uuid`,
  summary: 'Get an access token',
  may: 'account',
  params,
  responses: { 200: AccessToken },
  errors,
  async handler(call) {
    const row = await findAccessToken(call.db, getCaller(call).id, call.params.uuid);
    if (!row) throw new ApiError('not_found');
    return { status: 200, body: await presentAccessToken(call, row) };
  },
});

const change = defineRoute({
  method: 'PATCH',
  path: `${path}/:uuid`,
  summary: 'Rename an access token, or switch it off or on',
  description: 'Switching it off ends the sessions and registry logins that were begun with it.',
  audit: 'token.change',
  may: 'account',
  params,
  body: AccessTokenChange,
  responses: { 200: AccessToken },
  errors: ['invalid_input', ...errors],
  async handler(call) {
    const { token_label, is_active } = call.body;
    const row = await updateAccessToken(call.db, { userId: getCaller(call).id, id: call.params.uuid }, {
      ...(token_label === undefined ? {} : { label: token_label }),
      ...(is_active === undefined ? {} : { is_active }),
    });
    if (!row) throw new ApiError('not_found');
    return { status: 200, body: await presentAccessToken(call, row), audit: { name: row.label, data: { uuid: row.id, ...call.body } } };
  },
});

const remove = defineRoute({
  method: 'DELETE',
  path: `${path}/:uuid`,
  summary: 'Revoke an access token for good, with its sessions and registry logins',
  audit: 'token.delete',
  may: 'account',
  params,
  responses: { 204: null },
  errors,
  async handler(call) {
    const { uuid } = call.params;
    if (!(await deleteAccessToken(call.db, getCaller(call).id, uuid))) throw new ApiError('not_found');
    return { status: 204, audit: { data: { uuid } } };
  },
});

const routes = [list, create, get, change, remove];

export const accessTokenRoutes = [...routes, ...routes.map((route) => alias(route, route.path.replace(path, olderPath)))];

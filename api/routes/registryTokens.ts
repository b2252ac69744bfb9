import { insertRegistryLogin, useRegistryLogin } from '../../db/registryLogins.js';
import type { TokenAccess } from '../../registry/token.js';
import { proveCaller, type Caller } from '../auth.js';
import { ApiError, createInputError } from '../errors.js';
import { grantScopes } from '../registryGrants.js';
import { parseScopes } from '../registryScopes.js';
import { defineRoute, type Call, type Reply } from '../route.js';
import { RegistryToken, TokenForm, TokenQuery } from '../schemas/registry.js';

/** Each costs a few queries. */
const MAX_SCOPES = 100;
const FORM_LIMIT = 64 * 1024;
const errors = ['invalid_input', 'invalid_credentials', 'invalid_token', 'slots_taken', 'rate_limited'] as const;

interface Asked {
  readonly scope?: string | readonly string[];
  readonly client_id?: string;
}

/** A token for what the caller may do of the asked, as both methods answer it. */
async function makeToken({ hub }: Call, caller: Caller | undefined, asked: Asked) {
  const requests = parseScopes([asked.scope ?? []].flat());
  if (requests.length > MAX_SCOPES) throw createInputError({ scope: `must not name more than ${MAX_SCOPES}` });
  const access = await grantScopes(hub, caller, requests);
  const accessTokenId = caller?.access_token_id ?? undefined;
  const { token, expiresIn, issuedAt } = await hub.registryKeys.sign({ subject: caller?.username ?? '', access, accessTokenId });
  return { access, body: { token, access_token: token, expires_in: expiresIn, issued_at: issuedAt } };
}

function reply(body: object): Reply {
  return { status: 200, body, headers: { 'Cache-Control': 'no-store' } };
}

/** Begins a registry login, whose token `docker login` keeps in place of the password. */
async function beginLogin({ db, headers, address }: Call, caller: Caller, { client_id = '' }: Asked): Promise<{ refresh_token: string }> {
  const { access_token_id } = caller;
  const user_agent = (headers['user-agent'] ?? '').slice(0, 255);
  const refresh_token = await insertRegistryLogin(db, caller, { access_token_id, client_id, user_agent, address });
  if (refresh_token === undefined) throw new ApiError('invalid_credentials');
  return { refresh_token };
}

const get = defineRoute({
  method: 'GET',
  path: '/token',
  summary: 'Get a token for the registry',
  description:
    'The registry’s clients come here by themselves. With Basic credentials, a password or an access token, or without any, as nobody. ' +
    'What the caller may not do is left out of the token: the answer is 200 all the same.',
  may: 'anyone',
  registryErrors: true,
  query: TokenQuery,
  responses: { 200: RegistryToken },
  errors,
  async handler(call) {
    const { query, caller, headers } = call;
    // Who asks is known by the credentials alone.
    if (caller && query.account !== undefined && query.account !== caller.username) throw new ApiError('invalid_credentials', 'account is not the name of the credentials');
    const { body } = await makeToken(call, caller, query);
    const isLogin = caller && query.offline_token === 'true' && /^Basic /i.test(headers['authorization'] ?? '');
    return reply({ ...body, ...(isLogin ? await beginLogin(call, caller, query) : {}) });
  },
});

const post = defineRoute({
  method: 'POST',
  path: '/token',
  summary: 'Get a token for the registry by a password or a refresh token',
  description: 'As OAuth 2 has it. A refresh token stays the same until it is ended.',
  may: 'anyone',
  registryErrors: true,
  body: TokenForm,
  bodyType: 'application/x-www-form-urlencoded',
  bodyLimit: FORM_LIMIT,
  responses: { 200: RegistryToken },
  errors,
  async handler(call) {
    const { body } = call;
    const isPassword = body.grant_type === 'password';
    const caller = isPassword ? await provePassword(call, body) : await proveRefreshToken(call, body.refresh_token);
    const { access, body: token } = await makeToken(call, caller, body);
    const login = isPassword && body.access_type === 'offline' ? await beginLogin(call, caller, body) : {};
    return reply({ ...token, scope: formatScope(access), ...login });
  },
});

async function provePassword({ hub, address }: Call, { username, password }: { username?: string; password?: string }): Promise<Caller> {
  if (username === undefined || password === undefined) {
    throw createInputError({ ...(username === undefined ? { username: 'is required' } : {}), ...(password === undefined ? { password: 'is required' } : {}) });
  }
  return proveCaller(hub, { username, password, address });
}

async function proveRefreshToken({ db }: Call, token: string | undefined): Promise<Caller> {
  if (token === undefined) throw createInputError({ refresh_token: 'is required' });
  const caller = await useRegistryLogin(db, token);
  if (!caller) throw new ApiError('invalid_token', 'The registry login has ended: log in again');
  return caller;
}

function formatScope(access: readonly TokenAccess[]): string {
  return access.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ');
}

export const registryTokenRoutes = [get, post];

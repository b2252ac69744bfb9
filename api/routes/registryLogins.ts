import { Type } from '@sinclair/typebox';
import { deleteRegistryLogin, listRegistryLogins, type RegistryLoginRow } from '../../db/registryLogins.js';
import { ApiError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getCaller } from '../route.js';
import { RegistryLogins } from '../schemas/registry.js';
import { Closed, PageQuery } from '../schemas/shapes.js';

const path = '/v2/user/registry-logins';

function presentRegistryLogin({ id, client_id, user_agent, address, created, last_used }: RegistryLoginRow) {
  return { id, client_id, user_agent, address, created_at: created, last_used };
}

export const registryLoginRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List one’s logins at the registry, the last used first',
    description: 'One for each `docker login` that keeps a token in place of the password.',
    may: 'account',
    query: Closed(PageQuery),
    responses: { 200: RegistryLogins },
    errors: ['invalid_input', 'authentication_required', 'forbidden'],
    async handler(call) {
      const page = await listRegistryLogins(call.db, getCaller(call).id, readPage(call.query));
      return { status: 200, body: presentPage(page, presentRegistryLogin, call) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:id`,
    summary: 'End a login at the registry',
    description: 'Tokens that it got before are good for five more minutes.',
    audit: 'account.registry-login.remove',
    may: 'account',
    params: Closed({ id: Type.String() }),
    responses: { 204: null },
    errors: ['authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const { id } = call.params;
      if (!(await deleteRegistryLogin(call.db, getCaller(call).id, id))) throw new ApiError('not_found');
      return { status: 204, audit: { data: { id } } };
    },
  }),
];

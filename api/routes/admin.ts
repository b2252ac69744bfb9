import { Type } from '@sinclair/typebox';
import { countSlots, findNamespace, setPrivateLimit, type NamespaceRow, type Slots } from '../../db/namespaces.js';
import { findRepository, setOfficial } from '../../db/repositories.js';
import { findUserByName, listUsers, setPassword } from '../../db/users.js';
import { ApiError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { hashPassword } from '../passwords.js';
import { presentRepository } from '../repositories.js';
import { defineRoute, type Call } from '../route.js';
import { OfficialChange, Repository } from '../schemas/repositories.js';
import { Closed, FilterText, OrganizationPath, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';
import { AccountLimit, LimitChange, ManagedUser, NewPassword } from '../schemas/users.js';
import { presentOwnUser } from '../users.js';

const UserPath = { username: Type.String({ examples: ['alice'] }) };
const errors = ['invalid_input', 'authentication_required', 'forbidden', 'not_found'] as const;

function presentSlots({ private_repo_limit }: Pick<NamespaceRow, 'private_repo_limit'>, { used, limit }: Slots) {
  return { private_repo_limit, private_repos_used: used, private_repos_allowed: limit };
}

/** Those who have more private repositories than the new limit keep them, and can add none. */
async function changeLimit(call: Call, namespace: NamespaceRow | undefined, private_repo_limit: number | null) {
  if (!namespace) throw new ApiError('not_found');
  await setPrivateLimit(call.db, namespace.name, private_repo_limit);
  const changed = { ...namespace, private_repo_limit };
  const body = { namespace: namespace.name, ...presentSlots(changed, await countSlots(call.db, changed, call.hub.config.privateLimits)) };
  return { status: 200, body, audit: { account: namespace.name, data: { private_repo_limit } } };
}

export const adminRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v2/admin/users',
    summary: 'List all users, with their private repositories',
    may: 'admin',
    query: Closed({ ...PageQuery, search: Type.Optional({ ...FilterText, description: 'A part of the username, the full name or the address' }) }),
    responses: { 200: PageOf(ManagedUser) },
    errors: ['invalid_input', 'authentication_required', 'forbidden'],
    async handler(call) {
      const users = await listUsers(call.db, { search: call.query.search, fallback: call.hub.config.privateLimits.user }, readPage(call.query));
      return { status: 200, body: presentPage(users, (user) => ({ ...presentOwnUser(user), ...presentSlots(user, user.slots) }), call) };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v2/admin/users/:username',
    summary: 'Set how many private repositories a user may have',
    audit: 'account.limit',
    may: 'admin',
    params: Closed(UserPath),
    body: LimitChange,
    responses: { 200: AccountLimit },
    errors,
    async handler(call) {
      const namespace = await findNamespace(call.db, call.params.username);
      return changeLimit(call, namespace?.user_id === null ? undefined : namespace, call.body.private_repo_limit);
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v2/admin/orgs/:organization',
    summary: 'Set how many private repositories an organization may have',
    audit: 'account.limit',
    may: 'admin',
    params: Closed(OrganizationPath),
    body: LimitChange,
    responses: { 200: AccountLimit },
    errors,
    async handler(call) {
      const namespace = await findNamespace(call.db, call.params.organization);
      return changeLimit(call, namespace?.organization_id === null ? undefined : namespace, call.body.private_repo_limit);
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/admin/users/:username/password',
    summary: 'Give a user a new password',
    description: 'For those who have lost theirs. Ends every session and registry login of the user.',
    audit: 'account.password',
    may: 'admin',
    params: Closed(UserPath),
    body: NewPassword,
    responses: { 204: null },
    errors,
    async handler({ db, params, body }) {
      const user = await findUserByName(db, params.username);
      if (!user) throw new ApiError('not_found');
      await setPassword(db, user.id, await hashPassword(body.new_password));
      return { status: 204, audit: { account: user.username } };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v2/admin/repositories/:namespace/:name',
    summary: 'Make a repository official, or take that back',
    description: 'An official repository is pulled by its name alone, so one name stands for one of them.',
    audit: 'repo.change.official',
    may: 'admin',
    params: Closed(RepositoryPath),
    body: OfficialChange,
    responses: { 200: Repository },
    errors: [...errors, 'name_taken'],
    async handler(call) {
      const { namespace, name } = call.params;
      const repository = await findRepository(call.db, namespace, name);
      if (!repository) throw new ApiError('not_found');
      const { is_official } = call.body;
      const changed = await setOfficial(call.db, repository.id, is_official);
      if (changed === 'taken') throw new ApiError('name_taken', `Another official repository is called ${name}`);
      if (!changed) throw new ApiError('not_found');
      return { status: 200, body: await presentRepository(call, changed), audit: { account: namespace, name, data: { is_official } } };
    },
  }),
];

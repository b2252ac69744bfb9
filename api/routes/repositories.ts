import { countCollaborators } from '../../db/collaborators.js';
import {
  deleteRepository, findLevel, findNamespaceOwner, insertRepository, LEVELS, updateRepository, type RepositoryChange,
  type RepositoryRow,
} from '../../db/repositories.js';
import { announceCancel } from '../announce.js';
import { ApiError, createInputError } from '../errors.js';
import { defineRoute, getCaller, getRepository, type Call } from '../route.js';
import { NewRepository, Privacy, Repository, RepositoryChange as ChangeSchema } from '../schemas/repositories.js';
import { Closed, RepositoryPath } from '../schemas/shapes.js';

const params = Closed(RepositoryPath);

async function presentRepository({ db, caller }: Call, repository: RepositoryRow) {
  const level = LEVELS.indexOf(await findLevel(db, repository, caller));
  const { namespace, name, description, full_description, star_count, pull_count, created, updated } = repository;
  return {
    user: namespace,
    hub_user: namespace,
    name,
    namespace,
    description,
    full_description,
    star_count,
    pull_count,
    repository_type: 'image',
    status: 1,
    status_description: 'active',
    is_private: Boolean(repository.is_private),
    is_automated: Boolean(repository.is_automated),
    is_official: Boolean(repository.is_official),
    collaborator_count: await countCollaborators(db, repository.id),
    last_updated: updated,
    last_modified: updated,
    date_registered: created,
    permissions: { read: level >= 1, write: level >= 2, admin: level >= 3 },
  };
}

async function change(call: Call, changed: RepositoryChange) {
  const repository = await updateRepository(call.db, getRepository(call).id, changed);
  if (!repository) throw new ApiError('not_found');
  return { status: 200, body: await presentRepository(call, repository) };
}

/** Who may create here: the namespace's owner, and the administrator. An unknown namespace is the field's fault. */
async function requireOwnNamespace(call: Call, namespace: string): Promise<void> {
  const caller = getCaller(call);
  const owner = await findNamespaceOwner(call.db, namespace);
  if (owner?.user_id === caller.id || (owner && caller.is_admin)) return;
  if (caller.is_admin) throw createInputError({ namespace: `${namespace} does not exist` });
  throw new ApiError('forbidden', `You may create repositories in your own namespace, ${caller.username}`);
}

export const repositoryRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v2/repositories',
    summary: 'Create a repository',
    may: 'user',
    body: NewRepository,
    responses: { 201: Repository },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'name_taken'],
    async handler(call) {
      const { namespace, name, description = '', full_description = '', is_private = false } = call.body;
      await requireOwnNamespace(call, namespace);
      const repository = await insertRepository(call.db, { namespace, name, description, full_description, is_private });
      if (!repository) throw new ApiError('name_taken', `The repository ${namespace}/${name} exists already`);
      return { status: 201, body: await presentRepository(call, repository) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/repositories/:namespace/:name',
    summary: 'Get a repository',
    may: 'repository:read',
    params,
    responses: { 200: Repository },
    errors: ['not_found'],
    async handler(call) {
      return { status: 200, body: await presentRepository(call, getRepository(call)) };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v2/repositories/:namespace/:name',
    summary: 'Change the descriptions of a repository',
    may: 'repository:admin',
    params,
    body: ChangeSchema,
    responses: { 200: Repository },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    handler: (call) => change(call, call.body),
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/repositories/:namespace/:name/privacy',
    summary: 'Make a repository private or public',
    may: 'repository:admin',
    params,
    body: Privacy,
    responses: { 200: Repository },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    handler: (call) => change(call, { is_private: call.body.is_private }),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v2/repositories/:namespace/:name',
    summary: 'Delete a repository with everything under it',
    description: 'Its open runs are cancelled first.',
    may: 'repository:admin',
    params,
    responses: { 202: null },
    errors: ['authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const { id } = getRepository(call);
      await announceCancel(call.hub, await deleteRepository(call.db, id));
      return { status: 202 };
    },
  }),
];

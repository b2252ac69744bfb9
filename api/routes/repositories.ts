import { Type } from '@sinclair/typebox';
import { findNamespace, isNamespaceOwner } from '../../db/namespaces.js';
import {
  deleteRepository, insertRepository, listRepositories, REPOSITORY_ORDERS, setPrivacy, updateRepository, type RepositoryFilter,
  type RepositoryOrder,
} from '../../db/repositories.js';
import { announceCancel } from '../announce.js';
import { ApiError, createInputError } from '../errors.js';
import { presentPage, readPage, type PageParameters } from '../page.js';
import { findViewer } from '../policy.js';
import { emptyRegistryRepository } from '../registryContents.js';
import { presentRepository, presentRepositoryItem, refuseBeyondSlots } from '../repositories.js';
import { alias, defineRoute, getCaller, getRepository, type Call } from '../route.js';
import {
  NewNamedRepository, NewRepository, Privacy, Repository, RepositoryChange, RepositoryItem, type NewRepository as New,
} from '../schemas/repositories.js';
import { Closed, FilterText, NamespacePath, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';

const path = '/v2/repositories/:namespace/:name';
const newerPath = '/v2/namespaces/:namespace/repositories';
const params = Closed(RepositoryPath);
const adminErrors = ['authentication_required', 'forbidden', 'not_found'] as const;
/** What a list of repositories may be asked. */
export const RepositoryQuery = Closed({
  ...PageQuery,
  name: Type.Optional(FilterText),
  ordering: Type.Optional(Type.String({ enum: REPOSITORY_ORDERS, default: '-last_updated' })),
});

interface ListQuery extends PageParameters {
  readonly name?: string;
  readonly ordering?: string;
}

/** The repositories that a filter leaves of those that the caller may see. */
export async function answerRepositories(call: Call<unknown, ListQuery>, filter: Omit<RepositoryFilter, 'order' | 'name'>) {
  // The schema has checked that it is one of them.
  const order = (call.query.ordering ?? '-last_updated') as RepositoryOrder;
  const found = await listRepositories(call.db, findViewer(call.caller), { ...filter, name: call.query.name, order }, readPage(call.query));
  return { status: 200, body: presentPage(found, presentRepositoryItem, call) };
}

/** Who may create here: the namespace's owners, and the administrator. An unknown namespace is the field's fault. */
async function requireOwnNamespace(call: Call, name: string): Promise<void> {
  const caller = getCaller(call);
  const namespace = await findNamespace(call.db, name);
  if (namespace && (caller.is_admin || (await isNamespaceOwner(call.db, namespace, caller.id)))) return;
  if (caller.is_admin) throw createInputError({ namespace: `${name} does not exist` });
  throw new ApiError(
    'forbidden',
    `You may create repositories in your own namespace, ${caller.username}, and in organizations that you own`,
  );
}

async function create(call: Call, repository: New) {
  const { namespace, name, description = '', full_description = '', is_private = false } = repository;
  await requireOwnNamespace(call, namespace);
  const row = { namespace, name, description, full_description, is_private };
  const created = await refuseBeyondSlots(namespace, async () => insertRepository(call.db, row, call.hub.config.privateLimits));
  if (!created) throw new ApiError('name_taken', `The repository ${namespace}/${name} exists already`);
  return { status: 201, body: await presentRepository(call, created), audit: { account: namespace, name, data: { is_private } } };
}

async function requireNamespace({ db }: Call, name: string): Promise<void> {
  if (!(await findNamespace(db, name))) throw new ApiError('not_found');
}

const list = defineRoute({
  method: 'GET',
  path: '/v2/repositories/:namespace',
  summary: 'List the repositories of a user or an organization',
  description: 'Those that the caller may see.',
  may: 'anyone',
  params: Closed(NamespacePath),
  query: RepositoryQuery,
  responses: { 200: PageOf(RepositoryItem) },
  errors: ['invalid_input', 'not_found'],
  async handler(call) {
    await requireNamespace(call, call.params.namespace);
    return answerRepositories(call, { namespace: call.params.namespace });
  },
});

const get = defineRoute({
  method: 'GET',
  path,
  summary: 'Get a repository',
  may: 'repository:read',
  params,
  responses: { 200: Repository },
  errors: ['not_found'],
  handler: async (call) => ({ status: 200, body: await presentRepository(call, getRepository(call)) }),
});

export const repositoryRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v2/repositories',
    summary: 'List all repositories that the caller may see',
    may: 'anyone',
    query: RepositoryQuery,
    responses: { 200: PageOf(RepositoryItem) },
    errors: ['invalid_input'],
    handler: (call) => answerRepositories(call, {}),
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/repositories',
    summary: 'Create a repository',
    audit: 'repo.create',
    may: 'user:write',
    body: NewRepository,
    responses: { 201: Repository },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'slots_taken', 'not_found', 'name_taken'],
    handler: (call) => create(call, call.body),
  }),
  defineRoute({
    method: 'POST',
    path: newerPath,
    summary: 'Create a repository in a namespace',
    audit: 'repo.create',
    may: 'user:write',
    params: Closed(NamespacePath),
    body: NewNamedRepository,
    responses: { 201: Repository },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'slots_taken', 'not_found', 'name_taken'],
    handler: (call) => create(call, { ...call.body, namespace: call.params.namespace }),
  }),
  list,
  alias(list, newerPath),
  alias(list, '/v2/users/:namespace/repositories'),
  get,
  alias(get, `${newerPath}/:name`),
  defineRoute({
    method: 'PATCH',
    path,
    summary: 'Change the descriptions of a repository',
    audit: 'repo.change.description',
    may: 'repository:admin',
    params,
    body: RepositoryChange,
    responses: { 200: Repository },
    errors: ['invalid_input', ...adminErrors],
    async handler(call) {
      const { description, full_description } = call.body;
      const change = { ...(description === undefined ? {} : { description }), ...(full_description === undefined ? {} : { full_description }) };
      const changed = await updateRepository(call.db, getRepository(call).id, change);
      if (!changed) throw new ApiError('not_found');
      return { status: 200, body: await presentRepository(call, changed), audit: { data: { fields: Object.keys(change) } } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/privacy`,
    summary: 'Make a repository private or public',
    description: 'Private only while the namespace has a slot left.',
    audit: 'repo.change.privacy',
    may: 'repository:admin',
    params,
    body: Privacy,
    responses: { 200: Repository },
    errors: ['invalid_input', ...adminErrors, 'slots_taken'],
    async handler(call) {
      const repository = getRepository(call);
      const { is_private } = call.body;
      const changed = await refuseBeyondSlots(repository.namespace, async () =>
        setPrivacy(call.db, repository, is_private, call.hub.config.privateLimits),
      );
      if (!changed) throw new ApiError('not_found');
      return { status: 200, body: await presentRepository(call, changed), audit: { data: { is_private } } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path,
    summary: 'Delete a repository with everything under it',
    description: 'Its images in the registry are deleted first, its open runs cancelled.',
    audit: 'repo.delete',
    may: 'repository:admin',
    params,
    responses: { 202: null },
    errors: [...adminErrors, 'registry_refused', 'registry_unavailable'],
    async handler(call) {
      const repository = getRepository(call);
      await emptyRegistryRepository(call, repository);
      await announceCancel(call.hub, await deleteRepository(call.db, repository.id));
      return { status: 202 };
    },
  }),
];

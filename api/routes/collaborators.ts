import { Type } from '@sinclair/typebox';
import { deleteCollaborator, insertCollaborator, listCollaborators } from '../../db/collaborators.js';
import { findUserByName } from '../../db/users.js';
import { ApiError, createInputError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getRepository } from '../route.js';
import { Collaborator } from '../schemas/repositories.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';

const path = '/v2/repositories/:namespace/:name/collaborators';

export const collaboratorRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List collaborators',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    query: Closed(PageQuery),
    responses: { 200: PageOf(Collaborator) },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const page = await listCollaborators(call.db, getRepository(call).id, readPage(call.query));
      return { status: 200, body: presentPage(page, ({ user }) => ({ user }), call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Let a user push and pull',
    audit: 'repo.collaborator.add',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    body: Collaborator,
    responses: { 201: Collaborator },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const user = await findUserByName(call.db, call.body.user);
      if (!user) throw createInputError({ user: `${call.body.user} does not exist` });
      if (!(await insertCollaborator(call.db, getRepository(call).id, user.id))) throw new ApiError('not_found');
      return { status: 201, body: { user: user.username }, audit: { data: { user: user.username } } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:user`,
    summary: 'Take that right away',
    audit: 'repo.collaborator.remove',
    may: 'repository:admin',
    params: Closed({ ...RepositoryPath, user: Type.String() }),
    responses: { 204: null },
    errors: ['authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const user = await findUserByName(call.db, call.params.user);
      const removed = user && (await deleteCollaborator(call.db, getRepository(call).id, user.id));
      if (!removed) throw new ApiError('not_found', `${call.params.user} is no collaborator`);
      return { status: 204, audit: { data: { user: user.username } } };
    },
  }),
];

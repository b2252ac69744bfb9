import { Type } from '@sinclair/typebox';
import { deleteStar, insertStar } from '../../db/stars.js';
import { findUserByName } from '../../db/users.js';
import { ApiError } from '../errors.js';
import { defineRoute, getCaller, getRepository } from '../route.js';
import { StarBody } from '../schemas/opinions.js';
import { RepositoryItem } from '../schemas/repositories.js';
import { Closed, PageOf, RepositoryPath } from '../schemas/shapes.js';
import { answerRepositories, RepositoryQuery } from './repositories.js';

const path = '/v2/repositories/:namespace/:name/stars';

export const starRoutes = [
  defineRoute({
    method: 'POST',
    path,
    summary: 'Star a repository',
    description: 'Once more changes nothing.',
    may: 'repository:user',
    params: Closed(RepositoryPath),
    body: StarBody,
    responses: { 204: null },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      if (!(await insertStar(call.db, getRepository(call).id, getCaller(call).id))) throw new ApiError('not_found');
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path,
    summary: 'Take a star back',
    description: 'Without a star it changes nothing.',
    may: 'repository:user',
    params: Closed(RepositoryPath),
    responses: { 204: null },
    errors: ['authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      await deleteStar(call.db, getRepository(call).id, getCaller(call).id);
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/users/:username/repositories/starred',
    summary: 'List the repositories that a user has starred',
    description: 'Those that the caller may see.',
    may: 'anyone',
    params: Closed({ username: Type.String({ examples: ['alice'] }) }),
    query: RepositoryQuery,
    responses: { 200: PageOf(RepositoryItem) },
    errors: ['invalid_input', 'not_found'],
    async handler(call) {
      const user = await findUserByName(call.db, call.params.username);
      if (!user) throw new ApiError('not_found');
      return answerRepositories(call, { starredBy: user.id });
    },
  }),
];

import { Type } from '@sinclair/typebox';
import { parseDuration } from '../../config.js';
import { claimBuild, findBuild, finishBuild, isClaimedBy, listBuilds, renewClaim, type BuildRow, type Claim } from '../../db/builds.js';
import { OPEN_BUILD_STATES, type BuildResult, type BuildState as State } from '../../states.js';
import { presentBuild } from '../builds.js';
import { ApiError, createInputError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getCaller, getRepository, type Call } from '../route.js';
import { Build, BuildEnd, BuildState, ClaimedBuild, NewClaim, Renewal } from '../schemas/builds.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';

const path = '/v2/repositories/:namespace/:name/builds';
const buildPath = Closed({ ...RepositoryPath, id: Type.String() });
const errors = ['authentication_required', 'forbidden', 'not_found'] as const;
const MIN_LIFETIME = 60_000;
const MAX_LIFETIME = 24 * 3_600_000;

function readLifetime({ lifetime = '1h' }: { lifetime?: string }): number {
  const ms = parseDuration(lifetime);
  if (ms < MIN_LIFETIME || ms > MAX_LIFETIME) throw createInputError({ lifetime: 'must be from 1m to 24h' });
  return ms;
}

async function getBuild(call: Call<{ id: string }>): Promise<BuildRow> {
  const build = await findBuild(call.db, getRepository(call).id, call.params.id);
  if (!build) throw new ApiError('not_found');
  return build;
}

function readClaim(call: Call<{ id: string }, unknown, { claim: string }>): Claim {
  return { repositoryId: getRepository(call).id, id: call.params.id, claim: call.body.claim };
}

/** Why a claim did nothing. */
function refuse({ state }: BuildRow): ApiError {
  if (OPEN_BUILD_STATES.includes(state)) return new ApiError('claim_lost');
  return new ApiError('build_closed', `The build ended as ${state}`);
}

export const buildRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List builds',
    description: 'The newest first, or with `ordering=created` in the order in which they are claimed.',
    may: 'repository:write',
    params: Closed(RepositoryPath),
    query: Closed({
      ...PageQuery,
      state: Type.Optional(BuildState),
      ordering: Type.Optional(Type.String({ enum: ['created', '-created'], default: '-created' })),
    }),
    responses: { 200: PageOf(Build) },
    errors: ['invalid_input', ...errors],
    async handler(call) {
      const { state, ordering } = call.query;
      // The schema has checked that each is one of them.
      const filter = { state: state as State | undefined, order: (ordering ?? '-created') as 'created' | '-created' };
      const page = await listBuilds(call.db, { repositoryId: getRepository(call).id, ...filter }, readPage(call.query));
      return { status: 200, body: presentPage(page, presentBuild, call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/claim`,
    summary: 'Take the oldest build that nobody works on',
    description:
      'Queued, or of a builder whose claim ran out. The answer’s `claim` renews and finishes it. 204: there is none. ' +
      'A build whose third claim runs out ends as `error`.',
    may: 'repository:write',
    params: Closed(RepositoryPath),
    body: NewClaim,
    responses: { 200: ClaimedBuild, 204: null },
    errors: ['invalid_input', ...errors],
    async handler(call) {
      const claim = { by: getCaller(call).username, lifetime: readLifetime(call.body) };
      const build = await claimBuild(call.db, getRepository(call).id, claim);
      return build ? { status: 200, body: { ...presentBuild(build), claim: build.claim } } : { status: 204 };
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/:id`,
    summary: 'Get a build',
    may: 'repository:write',
    params: buildPath,
    responses: { 200: Build },
    errors,
    handler: async (call) => ({ status: 200, body: presentBuild(await getBuild(call)) }),
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/renew`,
    summary: 'Keep a claim on a build',
    description: 'The claim, which must still hold, then ends `lifetime` from now.',
    may: 'repository:write',
    params: buildPath,
    body: Renewal,
    responses: { 200: Build },
    errors: ['invalid_input', ...errors, 'claim_lost', 'build_closed'],
    async handler(call) {
      const renewed = await renewClaim(call.db, readClaim(call), readLifetime(call.body));
      if (!renewed) throw refuse(await getBuild(call));
      return { status: 200, body: presentBuild(renewed) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/finish`,
    summary: 'Say how a build ended',
    description: 'While the claim holds. The same state again gets the same answer.',
    may: 'repository:write',
    params: buildPath,
    body: BuildEnd,
    responses: { 200: Build },
    errors: ['invalid_input', ...errors, 'claim_lost', 'build_closed'],
    async handler(call) {
      const { description = null, target_url = null } = call.body;
      // The schema has checked that it is one of them.
      const result = { state: call.body.state as BuildResult, description, target_url };
      const finished = await finishBuild(call.db, readClaim(call), result);
      if (finished) return { status: 200, body: presentBuild(finished) };
      const build = await getBuild(call);
      if (!isClaimedBy(build, call.body.claim) || build.state !== result.state) throw refuse(build);
      return { status: 200, body: presentBuild(build) };
    },
  }),
];

import { Type } from '@sinclair/typebox';
import { findChainById } from '../../db/chains.js';
import { listDeliveries, type DeliveryRow } from '../../db/deliveries.js';
import { findRunHistory, listRuns, type RunFilter } from '../../db/history.js';
import { findPushById } from '../../db/pushes.js';
import { cancelRuns, findRun, insertRedelivery, type NewRun, type RunRow } from '../../db/runs.js';
import { OPEN_RUN_STATES, type RunState as State } from '../../states.js';
import { announceCancel, announceRuns } from '../announce.js';
import { ApiError } from '../errors.js';
import { presentPage, readPage, type PageParameters } from '../page.js';
import { presentRun } from '../present.js';
import { defineRoute, getRepository, type Call } from '../route.js';
import { Redelivery, Run, RunState } from '../schemas/runs.js';
import { Closed, FilterText, GivenMoment, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';
import { getChain } from './chains.js';

const path = '/v2/repositories/:namespace/:name/runs';
const runPath = Closed({ ...RepositoryPath, id: Type.String() });
const errors = ['invalid_input', 'authentication_required', 'forbidden', 'not_found'] as const;
const Filters = {
  state: Type.Optional(RunState),
  tag: Type.Optional(FilterText),
  from: Type.Optional(GivenMoment),
  to: Type.Optional(GivenMoment),
  query: Type.Optional(Type.String({ ...FilterText, description: 'Part of the name of the chain or of a webhook, of the tag or digest, or of the pusher’s name' })),
};

interface Filter extends PageParameters {
  readonly state?: string;
  readonly tag?: string;
  readonly from?: string;
  readonly to?: string;
  readonly query?: string;
}

async function answerList({ hub, db, found, url }: Call, query: Filter, chain?: string) {
  const filter: RunFilter = {
    repository_id: getRepository({ found }).id,
    ...(chain === undefined ? {} : { chain_slug: chain }),
    // The schema has checked that it is one of them.
    ...(query.state === undefined ? {} : { state: query.state as State }),
    ...(query.tag === undefined ? {} : { tag: query.tag }),
    ...(query.from === undefined ? {} : { from: new Date(query.from).toISOString() }),
    ...(query.to === undefined ? {} : { to: new Date(query.to).toISOString() }),
    ...(query.query === undefined ? {} : { text: query.query }),
  };
  const page = await listRuns(db, filter, readPage(query));
  return { status: 200, body: presentPage(page, presentRun, { hub, url, query }) };
}

async function answerRun(call: Call, status: number, id: string) {
  const run = await findRunHistory(call.db, getRepository(call).id, id);
  if (!run) throw new ApiError('not_found');
  return { status, body: presentRun(run) };
}

async function getRun(call: Call<{ id: string }>): Promise<RunRow> {
  const run = await findRun(call.db, getRepository(call).id, call.params.id);
  if (!run) throw new ApiError('not_found');
  return run;
}

/** The new run that a redelivery is. The chain is taken as it is now: a wrong URL may have been the reason. */
async function planRedelivery({ db, hub }: Call, run: RunRow, from: string): Promise<NewRun> {
  if (OPEN_RUN_STATES.includes(run.state)) throw new ApiError('run_open');
  const chain = run.chain_id === null ? undefined : await findChainById(db, run.chain_id);
  const push = await findPushById(db, run.push_id);
  if (!chain || !push) throw new ApiError('nothing_to_redeliver', `The chain ${run.chain_name} was deleted`);
  const carried = from === 'failed' ? listCarried(await listDeliveries(db, run.id), chain.webhooks.length) : [];
  return { push, chain, carried, redeliveryOf: run.id, defaultTimeoutMs: hub.config.callbackTimeout };
}

function listCarried(deliveries: readonly DeliveryRow[], length: number): readonly DeliveryRow[] {
  const failed = deliveries.findIndex(({ state }) => state !== 'success');
  if (failed < 0) throw new ApiError('nothing_to_redeliver', 'No webhook of this run failed: redeliver from start');
  if (failed >= length) {
    const detail = `The chain has only ${length} webhook(s) now, and number ${failed + 1} failed: redeliver from start`;
    throw new ApiError('nothing_to_redeliver', detail);
  }
  return deliveries.slice(0, failed);
}

export const runRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'History: runs, newest first',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    query: Closed({ ...PageQuery, ...Filters, chain: Type.Optional(FilterText) }),
    responses: { 200: PageOf(Run) },
    errors,
    handler: (call) => answerList(call, call.query, call.query.chain),
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/repositories/:namespace/:name/webhook_pipeline/:slug/history',
    summary: 'History of one chain',
    may: 'repository:admin',
    params: Closed({ ...RepositoryPath, slug: Type.String() }),
    query: Closed({ ...PageQuery, ...Filters }),
    responses: { 200: PageOf(Run) },
    errors,
    async handler(call) {
      const { slug } = await getChain(call);
      return answerList(call, call.query, slug);
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/:id`,
    summary: 'Get a run with every delivery, attempt and callback',
    may: 'repository:admin',
    params: runPath,
    responses: { 200: Run },
    errors,
    handler: (call) => answerRun(call, 200, call.params.id),
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/cancel`,
    summary: 'Cancel an open run',
    audit: 'repo.run.cancel',
    may: 'repository:admin',
    params: runPath,
    responses: { 200: Run },
    errors: [...errors, 'run_closed'],
    async handler(call) {
      const { id, state } = await getRun(call);
      const canceled = await cancelRuns(call.db, { id });
      if (canceled.length === 0) throw new ApiError('run_closed', `The run is over: ${state}`);
      await announceCancel(call.hub, canceled);
      return answerRun(call, 200, id);
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/redeliver`,
    summary: 'Run the push of a closed run again',
    audit: 'repo.run.redeliver',
    description:
      'From the start, or from the webhook that failed: then those before it are not called again and their results ' +
      'are carried over. The chain is taken as it is now.',
    may: 'repository:admin',
    params: runPath,
    body: Redelivery,
    responses: { 202: Run },
    errors: [...errors, 'run_open', 'nothing_to_redeliver'],
    async handler(call) {
      const plan = await planRedelivery(call, await getRun(call), call.body.from ?? 'start');
      const run = await insertRedelivery(call.db, plan);
      call.hub.log.info({ run: run.id, push: run.push_id, repository: run.repository_id, redelivery_of: run.redelivery_of }, 'run redelivered');
      await announceRuns(call.hub, [run]);
      return answerRun(call, 202, run.id);
    },
  }),
];

import { Type } from '@sinclair/typebox';
import { isUnchangedSince, type Position } from '../../db/changes.js';
import { findRunHistory, listRuns, type RunHistory } from '../../db/history.js';
import { ApiError } from '../errors.js';
import { parsePosition } from '../live/events.js';
import { serveStream, type LiveRequest } from '../live/serve.js';
import { defineRoute, getRepository, type Call, type Reply } from '../route.js';
import { Closed, EventStream, RepositoryPath } from '../schemas/shapes.js';

const path = '/v2/repositories/:namespace/:name/runs';
/** How many runs are shown first where all are watched, as a page of the history has them. */
const SHOWN = 10;
const errors = ['invalid_input', 'authentication_required', 'forbidden', 'not_found'] as const;
const Resume = Type.Object({ 'last-event-id': Type.Optional(Type.String({ description: 'Of the last event that came: the stream goes on behind it' })) });
/** Proxies shall neither keep nor hold back what goes on. */
const HEADERS = { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store, no-transform', 'X-Accel-Buffering': 'no' } as const;

const SHAPES =
  'Server-sent events. `run`: a run of the history, with `run_id`; first the present state, then where one is new, begins or ends. ' +
  '`delivery`: one of its deliveries without attempts and callback; `attempt`, `callback`: as the history has them; all with `run_id`, the last two with `delivery_id`. ' +
  'Each shows its row as it is then, so changes in quick succession may come as one. A comment comes every 15 seconds. ' +
  '`Last-Event-ID` goes on without a gap; where what was missed is not known any more the present state comes again.';

function readAfter({ headers }: Call): Position | undefined {
  return parsePosition(headers['last-event-id'] ?? '');
}

/** The same for all that a caller asks of one repository. */
function nameRight(call: Call): string {
  const { id, session_id, access_token_id } = call.caller ?? {};
  return [session_id ?? access_token_id ?? id ?? '', getRepository(call).id].join(' ');
}

function reply(call: Call, request: Omit<LiveRequest, 'after' | 'right'>): Reply {
  const right = { name: nameRight(call), check: () => call.recheck() };
  return { status: 200, headers: HEADERS, stream: (response) => serveStream(call.hub, response, { ...request, after: readAfter(call), right }) };
}

/** Whether a client that comes back to a run that is over has seen its end: nothing of it has changed since. */
async function hasSeenAll(call: Call, { id, finished }: RunHistory): Promise<boolean> {
  const after = readAfter(call);
  return after !== undefined && finished !== null && isUnchangedSince(call.db, after, id);
}

export const runEventRoutes = [
  defineRoute({
    method: 'GET',
    path: `${path}/events`,
    summary: 'Watch the runs of a repository',
    description: `${SHAPES} The present state is the ${SHOWN} newest runs, the oldest of them first.`,
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    headers: Resume,
    responses: { 200: EventStream },
    errors,
    async handler(call) {
      const { id } = getRepository(call);
      const readPresent = async () => (await listRuns(call.db, { repository_id: id }, { limit: SHOWN, offset: 0 })).rows.toReversed();
      return reply(call, { topic: id, covers: ({ repository_id }) => repository_id === id, readPresent });
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/:id/events`,
    summary: 'Watch a run',
    description: `${SHAPES} Once the run is over \`end\` comes, \`{"run_id","state"}\`, and the stream ends; who comes back after that gets 204.`,
    may: 'repository:admin',
    params: Closed({ ...RepositoryPath, id: Type.String() }),
    headers: Resume,
    responses: { 200: EventStream, 204: null },
    errors,
    async handler(call) {
      const repository = getRepository(call);
      const run = await findRunHistory(call.db, repository.id, call.params.id);
      if (!run) throw new ApiError('not_found');
      const { id } = run;
      if (await hasSeenAll(call, run)) return { status: 204 };
      const readPresent = async () => [await findRunHistory(call.db, repository.id, id)].filter((found) => found !== undefined);
      return reply(call, { runId: id, topic: id, covers: ({ run_id }) => run_id === id, readPresent });
    },
  }),
];

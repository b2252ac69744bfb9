import { Type } from '@sinclair/typebox';
import { deleteReceiver, findCall, findReceiver, insertReceiver, listCalls, listReceivers, noteCallback, recordCall, type ReceiverCallRow, type ReceiverRow } from '../../db/receivers.js';
import { ApiError } from '../errors.js';
import type { Hub } from '../hub.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getCaller, type Call } from '../route.js';
import { NewReceiver, ReceivedBody, ReceivedCall, Receiver, ReceiverAnswer, ReceiverWithCalls } from '../schemas/receivers.js';
import { RecordedCallback } from '../schemas/runs.js';
import { Closed, PageOf, PageQuery } from '../schemas/shapes.js';
import { CALLBACK_ERRORS, takeCallback } from './callbacks.js';

const path = '/v2/receivers';
const LIMIT = 10;
const BODY_LIMIT = 64 * 1024;
/** What its owner is to see of a call: what the hub says, and nothing of the way it came. */
const SHOWN_HEADERS = /^(content-type|user-agent|webhook-.+)$/;

function presentReceiver({ config }: Pick<Hub, 'config'>, { id, name, token, created }: ReceiverRow) {
  return { id, name, url: `${config.publicUrl}/receive/${token}`, created };
}

function presentCall({ id, received, headers, body, callback_state }: ReceiverCallRow) {
  return { id, received, headers: JSON.parse(headers) as Record<string, string>, body, callback_state };
}

async function getReceiver(call: Call<{ id: string }>): Promise<ReceiverRow> {
  const receiver = await findReceiver(call.db, getCaller(call).id, call.params.id);
  if (!receiver) throw new ApiError('not_found');
  return receiver;
}

/** The token of the callback URL that a call brought, where it is one of this hub's. */
function readCallbackToken({ config }: Pick<Hub, 'config'>, body: string): string | undefined {
  const { callback_url } = JSON.parse(body) as { callback_url?: unknown };
  const prefix = `${config.publicUrl}/u/`;
  if (typeof callback_url !== 'string' || !callback_url.startsWith(prefix)) return undefined;
  return /^[^/]+\/[^/]+\/hook\/([^/]+)\/?$/.exec(callback_url.slice(prefix.length))?.[1];
}

export const receiverRoutes = [
  defineRoute({
    method: 'POST',
    path,
    summary: 'Open a test receiver',
    description: `Its \`url\` goes into a chain like any other. It takes every call, keeps the last 50 for a day, and sends the callback that you choose. At most ${LIMIT} a user.`,
    audit: 'receiver.create',
    may: 'account',
    body: NewReceiver,
    responses: { 201: Receiver },
    errors: ['limit_reached'],
    async handler(call) {
      const { name = 'Test receiver' } = call.body;
      const receiver = await insertReceiver(call.db, getCaller(call).id, { name, limit: LIMIT });
      if (!receiver) throw new ApiError('limit_reached', `A user has ${LIMIT} test receivers at most`);
      return { status: 201, body: presentReceiver(call.hub, receiver), audit: { data: { id: receiver.id } } };
    },
  }),
  defineRoute({
    method: 'GET',
    path,
    summary: 'List one’s test receivers',
    may: 'account',
    query: Closed(PageQuery),
    responses: { 200: PageOf(Receiver) },
    errors: [],
    async handler(call) {
      const page = await listReceivers(call.db, getCaller(call).id, readPage(call.query));
      return { status: 200, body: presentPage(page, (row) => presentReceiver(call.hub, row), call) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/:id`,
    summary: 'See what a test receiver got',
    may: 'account',
    params: Closed({ id: Type.String() }),
    responses: { 200: ReceiverWithCalls },
    errors: ['not_found'],
    async handler(call) {
      const receiver = await getReceiver(call);
      const calls = (await listCalls(call.db, receiver.id)).map(presentCall);
      return { status: 200, body: { ...presentReceiver(call.hub, receiver), calls } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:id`,
    summary: 'Close a test receiver',
    description: 'Chains that still call it stop there, as at every receiver that answers 410.',
    audit: 'receiver.delete',
    may: 'account',
    params: Closed({ id: Type.String() }),
    responses: { 204: null },
    errors: ['not_found'],
    async handler(call) {
      const { id } = call.params;
      if (!(await deleteReceiver(call.db, getCaller(call).id, id))) throw new ApiError('not_found');
      return { status: 204, audit: { data: { id } } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/calls/:call/callback`,
    summary: 'Send the callback of a call that a test receiver got',
    description: 'As the receiver would have sent it to the `callback_url` of that call. A webhook that requires signed callbacks takes none from here: the receiver has no secret.',
    may: 'account',
    params: Closed({ id: Type.String(), call: Type.String() }),
    body: ReceiverAnswer,
    responses: { 200: RecordedCallback },
    errors: CALLBACK_ERRORS,
    async handler(call) {
      const found = await findCall(call.db, (await getReceiver(call)).id, call.params.call);
      const token = found && readCallbackToken(call.hub, found.body);
      if (!found || token === undefined) throw new ApiError('not_found', found ? 'This call brought no callback URL of the hub' : undefined);
      const recorded = await takeCallback(call, token, call.body);
      await noteCallback(call.db, found.id, recorded.state);
      return { status: 200, body: recorded };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/receive/:token',
    summary: 'The address of a test receiver',
    may: 'anyone',
    // The token in the path is all that is asked for.
    isCalledByOthers: true,
    params: Closed({ token: Type.String() }),
    body: ReceivedBody,
    bodyLimit: BODY_LIMIT,
    responses: { 200: ReceivedCall },
    errors: ['receiver_gone'],
    async handler({ db, params, headers, rawBody }) {
      const shown = Object.fromEntries(Object.entries(headers).filter(([name, value]) => value !== undefined && SHOWN_HEADERS.test(name)));
      const id = await recordCall(db, params.token, { headers: JSON.stringify(shown), body: rawBody === '' ? '{}' : rawBody });
      if (id === undefined) throw new ApiError('receiver_gone');
      return { status: 200, body: { id } };
    },
  }),
];

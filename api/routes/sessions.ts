import { Type } from '@sinclair/typebox';
import { deleteOwnSession, deleteSession, findSession, listSessions, type SessionRow } from '../../db/sessions.js';
import { beginSession } from '../auth.js';
import { clearCookie, writeCookie } from '../cookies.js';
import { checkCredentials } from '../credentials.js';
import { ApiError } from '../errors.js';
import { OWN_PAGE_HEADER, requireOwnPage } from '../ownPages.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getCaller } from '../route.js';
import { Closed, PageQuery } from '../schemas/shapes.js';
import { CurrentSession, Login, Sessions } from '../schemas/users.js';
import { presentOwnUser } from '../users.js';

const path = '/v2/session';
/** Nobody else's business, not even a cache's. */
const PRIVATE = { 'Cache-Control': 'no-store' } as const;

function presentSession(current: string | null) {
  return ({ id, created, expires, access_token_id }: SessionRow) => ({ id, created, expires, is_current: id === current, access_token: access_token_id });
}

export const sessionRoutes = [
  defineRoute({
    method: 'POST',
    path,
    summary: 'Sign in with a browser',
    description:
      'The token of the session is set as a cookie that no script reads and no other site sends. Requests by this cookie ' +
      'that change something need the header `X-Hookline-Request: 1`; this one does too.',
    may: 'anyone',
    // The name and the password in its body alone count: a session that is over must not stand in the way of a new one.
    isCalledByOthers: true,
    headers: Type.Object({ [OWN_PAGE_HEADER]: Type.Optional(Type.String({ examples: ['1'] })) }),
    body: Login,
    responses: { 200: CurrentSession },
    errors: ['cross_site', 'invalid_credentials', 'rate_limited'],
    async handler({ hub, headers, body, address }) {
      requireOwnPage(hub.config, headers);
      const { user, accessToken } = await checkCredentials(hub, { ...body, address });
      const { token, session } = await beginSession(hub, user, { accessToken });
      const shown = { ...presentOwnUser(user), session_id: session.id, expires: session.expires, workflows_url: hub.workflowsUrl ?? null };
      return { status: 200, body: shown, headers: { ...PRIVATE, 'Set-Cookie': writeCookie(hub.config, token) } };
    },
  }),
  defineRoute({
    method: 'GET',
    path,
    summary: 'Who is signed in',
    may: 'user',
    responses: { 200: CurrentSession },
    errors: [],
    async handler(call) {
      const caller = getCaller(call);
      const { session_id } = caller;
      const session = session_id === null ? undefined : await findSession(call.db, session_id);
      const body = { ...presentOwnUser(caller), session_id, expires: session?.expires ?? null, workflows_url: call.hub.workflowsUrl ?? null };
      return { status: 200, body, headers: PRIVATE };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path,
    summary: 'Sign out',
    description: 'Ends the session and takes its cookie away. An access token sent in place of a session stays good.',
    may: 'user',
    responses: { 204: null },
    errors: [],
    async handler(call) {
      const { session_id } = getCaller(call);
      if (session_id !== null) await deleteSession(call.db, session_id);
      return { status: 204, headers: { 'Set-Cookie': clearCookie(call.hub.config) } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/sessions',
    summary: 'List one’s sessions, the newest first',
    description: 'Logins that hold, of browsers and of programs.',
    may: 'account',
    query: Closed(PageQuery),
    responses: { 200: Sessions },
    errors: [],
    async handler(call) {
      const { id, session_id } = getCaller(call);
      const page = await listSessions(call.db, id, readPage(call.query));
      return { status: 200, body: presentPage(page, presentSession(session_id), call) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/v2/sessions/:id',
    summary: 'End one of one’s sessions',
    audit: 'account.session.remove',
    may: 'account',
    params: Closed({ id: Type.String() }),
    responses: { 204: null },
    errors: ['not_found'],
    async handler(call) {
      const { id } = call.params;
      if (!(await deleteOwnSession(call.db, getCaller(call).id, id))) throw new ApiError('not_found');
      return { status: 204, audit: { data: { id } } };
    },
  }),
];

import { deleteSession } from '../../db/sessions.js';
import { createSession } from '../auth.js';
import { checkCredentials } from '../credentials.js';
import { defineRoute, getCaller } from '../route.js';
import { Login, Secret, ShortToken, Token } from '../schemas/users.js';

/** How long the token of `auth/token` lives, as on Docker Hub. Milliseconds. */
const SHORT_LIFETIME = 10 * 60_000;

export const loginRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v2/users/login',
    summary: 'Log in',
    may: 'anyone',
    body: Login,
    responses: { 200: Token },
    errors: ['invalid_input', 'invalid_credentials', 'rate_limited'],
    async handler({ hub, body, address }) {
      const { user, accessToken } = await checkCredentials(hub, { ...body, address });
      return { status: 200, body: { token: await createSession(hub, user, { accessToken }) } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/auth/token',
    summary: 'Get a token for ten minutes',
    may: 'anyone',
    body: Secret,
    responses: { 200: ShortToken },
    errors: ['invalid_input', 'invalid_credentials', 'rate_limited'],
    async handler({ hub, body: { identifier, secret }, address }) {
      const { user, accessToken } = await checkCredentials(hub, { username: identifier, password: secret, address });
      return { status: 200, body: { access_token: await createSession(hub, user, { accessToken, lifetime: SHORT_LIFETIME }) } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/logout',
    summary: 'End the session',
    description: 'An access token sent in place of a session’s token stays good: revoke it where it is to end.',
    may: 'user',
    responses: { 200: Token },
    errors: ['authentication_required'],
    async handler(call) {
      const { session_id } = getCaller(call);
      if (session_id !== null) await deleteSession(call.db, session_id);
      // Docker Hub's clients read an object here, and take one with a `detail` for an error.
      return { status: 200, body: { token: '' } };
    },
  }),
];

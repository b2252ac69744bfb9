import { Type } from '@sinclair/typebox';
import { findUserByName, insertUser, setPassword, updateProfile } from '../../db/users.js';
import { createSession } from '../auth.js';
import { checkCredentials } from '../credentials.js';
import { ApiError } from '../errors.js';
import { hashPassword } from '../passwords.js';
import { defineRoute, getCaller } from '../route.js';
import { Closed } from '../schemas/shapes.js';
import { NewUser, OwnUser, PasswordChange, ProfileChange, Token, User } from '../schemas/users.js';
import { presentOwnUser, presentUser } from '../users.js';

export const userRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v2/users',
    summary: 'Create a user',
    description: 'Only the administrator may, unless the hub is open for sign-up (`HOOKLINE_SIGNUP=open`).',
    audit: 'account.create',
    may: 'signup',
    body: NewUser,
    responses: { 201: User },
    errors: ['invalid_input', 'signup_closed', 'name_taken'],
    async handler({ db, body }) {
      const { username, email, password } = body;
      const password_hash = await hashPassword(password);
      const user = await insertUser(db, { username, email, password_hash, is_admin: false });
      if (!user) throw new ApiError('name_taken', `The name ${username} is taken`);
      return { status: 201, body: presentUser(user), audit: { account: username } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/users/:username',
    summary: 'Get a user',
    may: 'anyone',
    params: Closed({ username: Type.String({ examples: ['alice'] }) }),
    responses: { 200: User },
    errors: ['not_found'],
    async handler({ db, params }) {
      const user = await findUserByName(db, params.username);
      if (!user) throw new ApiError('not_found');
      return { status: 200, body: presentUser(user) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/user',
    summary: 'Get the user who asks',
    may: 'user',
    responses: { 200: OwnUser },
    errors: ['authentication_required'],
    handler: async (call) => ({ status: 200, body: presentOwnUser(getCaller(call)) }),
  }),
  defineRoute({
    method: 'PATCH',
    path: '/v2/user',
    summary: 'Change one’s own profile',
    audit: 'account.change',
    may: 'account',
    body: ProfileChange,
    responses: { 200: OwnUser },
    errors: ['invalid_input', 'authentication_required', 'forbidden'],
    async handler(call) {
      const user = await updateProfile(call.db, getCaller(call).id, call.body);
      if (!user) throw new ApiError('invalid_token');
      return { status: 200, body: presentOwnUser(user), audit: { data: { fields: Object.keys(call.body) } } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/user/password',
    summary: 'Change one’s own password',
    description: 'Ends every session and registry login of the user. The answer holds the token of a new one. Access tokens stay.',
    audit: 'account.password',
    may: 'account',
    body: PasswordChange,
    responses: { 200: Token },
    errors: ['invalid_input', 'authentication_required', 'invalid_credentials', 'forbidden', 'rate_limited'],
    async handler(call) {
      const { current_password, new_password } = call.body;
      const { username } = getCaller(call);
      const { user, accessToken } = await checkCredentials(call.hub, { username, password: current_password, address: call.address });
      if (accessToken) throw new ApiError('invalid_credentials', 'An access token is no password');
      const password_hash = await hashPassword(new_password);
      if (!(await setPassword(call.db, user.id, password_hash, user.password_hash))) throw new ApiError('invalid_credentials');
      return { status: 200, body: { token: await createSession(call.hub, { ...user, password_hash }) } };
    },
  }),
];

import { findUserByName, insertUser, type UserRow } from '../../db/users.js';
import { createSession } from '../auth.js';
import { ApiError } from '../errors.js';
import { checkPassword, hashPassword } from '../passwords.js';
import { defineRoute } from '../route.js';
import { Login, NewUser, Token, User } from '../schemas/users.js';

function presentUser({ id, username, created }: UserRow) {
  const profile = { full_name: '', location: '', company: '', profile_url: '', gravatar_url: '' };
  return { id, username, ...profile, date_joined: created, type: 'User' };
}

export const userRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v2/users/login',
    summary: 'Log in',
    may: 'anyone',
    body: Login,
    responses: { 200: Token },
    errors: ['invalid_input', 'invalid_credentials'],
    async handler({ hub, db, body }) {
      const user = await findUserByName(db, body.username);
      const matches = await checkPassword(body.password, user?.password_hash);
      if (!user || !matches) throw new ApiError('invalid_credentials');
      return { status: 200, body: { token: await createSession(hub, user) } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/users',
    summary: 'Create a user',
    description: 'Only the administrator may, unless the hub is open for sign-up (`HOOKLINE_SIGNUP=open`).',
    may: 'signup',
    body: NewUser,
    responses: { 201: User },
    errors: ['invalid_input', 'signup_closed', 'name_taken'],
    async handler({ db, body }) {
      const { username, email, password } = body;
      const password_hash = await hashPassword(password);
      const user = await insertUser(db, { username, email, password_hash, is_admin: false });
      if (!user) throw new ApiError('name_taken', `The name ${username} is taken`);
      return { status: 201, body: presentUser(user) };
    },
  }),
];

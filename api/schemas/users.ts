import { Type } from '@sinclair/typebox';
import { Closed, Moment } from './shapes.js';

/** A user's name, also the name of the namespace. */
export const Username = Type.String({ pattern: '^[a-z0-9]{2,30}$', examples: ['alice'], description: '2 to 30 lower-case letters and digits' });

export const Login = Closed({ username: Type.String({ minLength: 1, maxLength: 255 }), password: Type.String({ minLength: 1, maxLength: 1024 }) });
export const Token = Closed({ token: Type.String({ description: 'Send it as `Authorization: Bearer …`' }) });

export const NewUser = Closed({
  username: Username,
  email: Type.String({ format: 'email', maxLength: 254 }),
  password: Type.String({ minLength: 8, maxLength: 1024 }),
});

export const User = Closed(
  {
    id: Type.String(),
    username: Type.String(),
    full_name: Type.String(),
    location: Type.String(),
    company: Type.String(),
    profile_url: Type.String(),
    date_joined: Moment,
    gravatar_url: Type.String(),
    type: Type.Literal('User'),
  },
  { title: 'User' },
);

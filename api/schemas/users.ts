import { Type } from '@sinclair/typebox';
import { Closed, Moment, Nullable, PageOf } from './shapes.js';

/** A user's name, also the name of the namespace. */
export const Username = Type.String({ pattern: '^[a-z0-9]{2,30}$', examples: ['alice'], description: '2 to 30 lower-case letters and digits' });
/** A name that is looked for: one of another form is nobody's. */
const GivenName = Type.String({ minLength: 1, maxLength: 255 });
const GivenPassword = Type.String({ minLength: 1, maxLength: 1024 });
const Password = Type.String({ minLength: 8, maxLength: 1024, description: '8 characters or more' });
const Email = Type.String({ format: 'email', maxLength: 254 });
const ProfileText = Type.String({ maxLength: 255 });

export const Login = Closed({
  username: GivenName,
  password: Type.String({ ...GivenPassword, description: 'The password, or an access token, which then bounds the session' }),
});
export const Token = Closed({ token: Type.String({ description: 'Send it as `Authorization: Bearer …`' }) });
export const Secret = Closed({ identifier: GivenName, secret: GivenPassword });
export const ShortToken = Closed({ access_token: Type.String({ description: 'Valid for 10 minutes' }) });

export const NewUser = Closed({ username: Username, email: Email, password: Password });

/** What account holders say of themselves. */
export const profile = {
  full_name: Type.Optional(ProfileText),
  location: Type.Optional(ProfileText),
  company: Type.Optional(ProfileText),
  profile_url: Type.Optional(
    Type.Union([Type.Literal(''), Type.String({ maxLength: 2000, format: 'http-url' })], { description: 'http or https, or empty' }),
  ),
};
export const ProfileChange = Closed({ ...profile, email: Type.Optional(Email) });

export const PasswordChange = Closed({ current_password: GivenPassword, new_password: Password });
export const NewPassword = Closed({ new_password: Password });

/** What is shown of users and organizations alike. */
export const account = {
  id: Type.String({ description: '32 hexadecimal digits' }),
  uuid: Type.String({ description: 'The same in the usual spelling' }),
  full_name: Type.String(),
  location: Type.String(),
  company: Type.String(),
  profile_url: Type.String(),
  date_joined: Moment,
  gravatar_url: Type.Literal('', { description: 'Empty: a hub tells no third party who looks at it' }),
  gravatar_email: Type.Literal(''),
};

const user = { ...account, username: Type.String(), type: Type.Literal('User') };
export const User = Closed(user, { title: 'User' });

/** Users as they see themselves. */
export const OwnUser = Closed({ ...user, email: Type.String(), is_staff: Type.Boolean(), is_admin: Type.Boolean() }, { title: 'OwnUser' });

/** Who is signed in, and until when: null where an access token stands in place of a session. */
export const CurrentSession = Closed(
  { ...OwnUser.properties, session_id: Nullable(Type.String()), expires: Nullable(Moment), workflows_url: Nullable(Type.String({ description: 'Where Temporal’s Web UI shows the workflow whose id, encoded, is added; null where the hub does not know' })) },
  { title: 'CurrentSession' },
);

const Session = Closed(
  {
    id: Type.String(),
    created: Moment,
    expires: Moment,
    is_current: Type.Boolean({ description: 'The one that asks' }),
    access_token: Nullable(Type.String({ description: 'The access token that it was begun with, which bounds it' })),
  },
  { title: 'Session' },
);
export const Sessions = PageOf(Session);

const limit = {
  private_repo_limit: Nullable(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'null: as the hub is configured' })),
};
export const LimitChange = Closed(limit);

/** A namespace's private repositories: its own limit, and what it comes to. */
export const slots = { ...limit, private_repos_used: Type.Integer(), private_repos_allowed: Type.Integer() };
export const AccountLimit = Closed({ namespace: Type.String(), ...slots }, { title: 'AccountLimit' });
export const ManagedUser = Closed({ ...OwnUser.properties, ...slots }, { title: 'ManagedUser' });

export const RegistrySettings = Closed(
  {
    private_repo_limit: Type.Integer(),
    private_repo_used: Type.Integer(),
    private_repo_available: Type.Integer(),
    num_free_private_repos: Type.Integer(),
    private_repo_percent_used: Type.Number(),
    default_repo_visibility: Type.Literal('public'),
  },
  { title: 'RegistrySettings' },
);

export const Plan = Closed(
  {
    name: Type.String(),
    legacy: Type.Boolean(),
    seats: Type.Integer(),
    private_repos: Type.Integer(),
    teams: Type.Integer({ description: '9999 is shown as unlimited by Docker’s clients' }),
    collaborators: Type.Integer(),
    parallel_builds: Type.Integer(),
    duration: Type.String(),
  },
  { title: 'Plan' },
);

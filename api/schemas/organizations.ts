import { Type, type Static } from '@sinclair/typebox';
import { Closed, Moment, Nullable } from './shapes.js';
import { account, profile, Username } from './users.js';

const ROLES = ['owner', 'editor', 'member'] as const;
const PERMISSIONS = ['read', 'write', 'admin'] as const;
/** Ids of teams are a counter, which PostgreSQL keeps in 32 bits. */
const MAX_TEAM_ID = 2_147_483_647;

const Line = Type.String({ maxLength: 255 });
const Name = Type.String({ minLength: 1, maxLength: 255 });

export const NewOrganization = Closed({
  orgname: { ...Username, examples: ['acme'], description: 'Shares one space with the names of users' },
  ...profile,
});
export const OrganizationChange = Closed(profile);

export const Organization = Closed({ ...account, orgname: Type.String(), type: Type.Literal('Organization') }, { title: 'Organization' });

export const Member = Closed(
  {
    ...account,
    username: Type.String(),
    type: Type.Literal('User'),
    email: Type.String({ description: 'Empty but for the administrator of the hub and the member' }),
    primary_email: Type.String({ description: 'The same' }),
    role: Type.String({ enum: ['Owner', 'Editor', 'Member'] }),
    groups: Type.Array(Type.String(), { description: 'Names of the member’s teams, of those that the caller sees' }),
    is_guest: Type.Literal(false),
  },
  { title: 'Member' },
);

export const MemberRole = Type.String({ enum: [...ROLES] });
export const RoleChange = Closed({ role: MemberRole });

const TeamName = Type.String({ pattern: '^[A-Za-z0-9_-]{3,30}$', description: '3 to 30 letters, digits, `_` or `-`', examples: ['developers'] });
const ignoredTeam = {
  id: Type.Optional(Type.Integer({ description: 'Sent by Docker Hub’s clients, without meaning here' })),
  uuid: Type.Optional(Type.String({ maxLength: 255, description: 'Likewise' })),
  member_count: Type.Optional(Type.Integer({ description: 'Likewise' })),
};

export const NewTeam = Closed({ name: TeamName, description: Type.Optional(Line), ...ignoredTeam });
export const TeamChange = Closed({ name: Type.Optional(TeamName), description: Type.Optional(Line), ...ignoredTeam });

export const Team = Closed(
  { id: Type.Integer(), uuid: Type.String(), name: Type.String(), description: Type.String(), member_count: Type.Integer() },
  { title: 'Team' },
);

export const NewTeamMember = Closed({ member: Name });

const Permission = Type.String({ enum: [...PERMISSIONS] });
const IgnoredName = Type.Optional(Type.String({ maxLength: 255, description: 'Sent by Docker Hub’s clients, without meaning here' }));

export const TeamId = Type.Integer({ minimum: 1, maximum: MAX_TEAM_ID });
export const NewPermission = Closed({ group_id: TeamId, group_name: IgnoredName, permission: Permission });
export const PermissionChange = Closed({
  group_id: Type.Optional(Type.Integer({ description: 'Sent by Docker Hub’s clients; the path names the team' })),
  group_name: IgnoredName,
  permission: Permission,
});
export const TeamPermission = Closed(
  { group_id: Type.Integer(), group_name: Type.String(), permission: Permission },
  { title: 'TeamPermission' },
);

export const Invitation = Closed(
  {
    id: Type.String(),
    inviter_username: Type.String(),
    invitee: Type.String(),
    org: Type.String(),
    team: Type.String({ description: 'Empty: no team' }),
    role: MemberRole,
    created_at: Moment,
  },
  { title: 'Invitation' },
);

export const NewInvitations = Closed({
  org: Name,
  team: Type.Optional(Type.String({ maxLength: 255, description: 'Empty: no team' })),
  invitees: Type.Array(Name, { minItems: 1, maxItems: 100, description: 'Usernames' }),
  role: Type.Optional(MemberRole),
  dry_run: Type.Optional(Type.Boolean({ description: 'Says what would become of it, and writes nothing' })),
});
export type NewInvitations = Static<typeof NewInvitations>;

/** What became of an invitee, by Docker Hub's names where it has them. */
const OUTCOMES = ['invited', 'existing_org_member', 'already_invited', 'email_not_supported', 'invalid_email_or_docker_id'] as const;

export const InvitationOutcomes = Closed({
  invitees: Type.Array(
    Closed({ invitee: Type.String(), status: Type.String({ enum: [...OUTCOMES] }), invite: Nullable(Invitation) }),
  ),
});

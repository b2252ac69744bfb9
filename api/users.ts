import type { OrganizationRow } from '../db/organizations.js';
import { readUuid } from '../db/ids.js';
import type { UserRow } from '../db/users.js';

/** What users and organizations show alike, in Docker Hub's names. */
export function presentAccount({ id, full_name, location, company, profile_url, created }: Omit<UserRow | OrganizationRow, 'name'>) {
  const { hex, uuid } = readUuid(id);
  return { id: hex, uuid, full_name, location, company, profile_url, date_joined: created, gravatar_url: '', gravatar_email: '' };
}

/** A user as everybody sees them. */
export function presentUser(user: UserRow) {
  return { ...presentAccount(user), username: user.username, type: 'User' };
}

/** Users as they see themselves. */
export function presentOwnUser(user: UserRow) {
  const is_admin = Boolean(user.is_admin);
  return { ...presentUser(user), email: user.email, is_staff: is_admin, is_admin };
}

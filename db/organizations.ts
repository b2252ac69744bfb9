import type { Db } from './connection.js';
import { newId, newUuid, nowIso } from './ids.js';
import { lockNamespace, takeName } from './namespaces.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { cancelRuns } from './runs.js';

export interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly full_name: string;
  readonly location: string;
  readonly company: string;
  readonly profile_url: string;
  readonly created: string;
}

export type OrganizationProfile = Pick<OrganizationRow, 'full_name' | 'location' | 'company' | 'profile_url'>;

/** The team whose members own the organization. */
export const OWNERS = 'owners';

export const ORGANIZATION_COLUMNS = ['id', 'name', 'full_name', 'location', 'company', 'profile_url', 'created'] as const;

/** Writes an organization, its namespace, and its team of owners with its founder in it; undefined where the name is taken. */
export async function insertOrganization(
  db: Db,
  organization: OrganizationProfile & { name: string },
  founderId: string,
): Promise<OrganizationRow | undefined> {
  const created = nowIso();
  const row = { ...organization, id: newId('org'), created };
  return db.transaction(async (db) => {
    if (!(await takeName(db, row.name))) return undefined;
    await db('organizations').insert(row);
    await db('namespaces').where({ name: row.name }).update({ organization_id: row.id });
    await db('organization_members').insert({ organization_id: row.id, user_id: founderId, is_editor: false, created });
    const team = { organization_id: row.id, name: OWNERS, description: '', is_owners: true, uuid: newUuid(), created };
    const [owners] = await db('teams').insert(team).returning<{ id: number }[]>('id');
    await db('team_members').insert({ team_id: owners?.id, user_id: founderId, created });
    return row;
  });
}

/** The organization of that name. */
export async function findOrganization(db: Db, name: string): Promise<OrganizationRow | undefined> {
  return db<OrganizationRow>('organizations').where({ name }).first(...ORGANIZATION_COLUMNS);
}

/** Changes what is given of an organization's profile. */
export async function updateOrganization(db: Db, id: string, profile: Partial<OrganizationProfile>): Promise<OrganizationRow | undefined> {
  const [row] = await db<OrganizationRow>('organizations')
    .where({ id })
    .update({ id, ...profile })
    .returning([...ORGANIZATION_COLUMNS]);
  return row;
}

/** Organizations that a user is a member of, by name. */
export async function listOrganizations(db: Db, userId: string, page: PageRequest): Promise<Page<OrganizationRow>> {
  const all = db<OrganizationRow>('organizations').whereIn(
    'id',
    db('organization_members').where({ user_id: userId }).select('organization_id'),
  );
  const rows = await all.clone().orderBy('name').limit(page.limit).offset(page.offset).select(...ORGANIZATION_COLUMNS);
  return { count: await countRows(all), rows };
}

/**
 * Writes the organization's row first in a transaction, so that changes of who belongs to it follow one another.
 * False where it is gone.
 */
export async function lockOrganization(db: Db, id: string): Promise<boolean> {
  return (await db('organizations').where({ id }).update({ id })) > 0;
}

/** Removes an organization with all its repositories, after cancelling their open runs; returns the runs' ids. */
export async function deleteOrganization(db: Db, { id, name }: OrganizationRow): Promise<string[]> {
  return db.transaction(async (db) => {
    await lockOrganization(db, id);
    // As who makes a repository private does: its namespace first. Who creates one comes before or after us.
    await lockNamespace(db, name);
    // As when one repository is deleted: whoever writes to one of them comes before or after us.
    const repositories = await db('repositories').where({ namespace: name }).update({ namespace: name }).returning<{ id: string }[]>('id');
    const canceled: string[] = [];
    for (const repository of repositories) canceled.push(...(await cancelRuns(db, { repository_id: repository.id })));
    await db('organizations').where({ id }).delete();
    return canceled;
  });
}

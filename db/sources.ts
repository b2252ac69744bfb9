import { cancelBuilds } from './builds.js';
import type { Db } from './connection.js';
import { newHookId } from './hookSecrets.js';
import { nowIso } from './ids.js';

/** Where source repositories live. */
export const PROVIDERS = ['github', 'bitbucket'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** The source repository that a repository is built from. */
export interface SourceRow {
  readonly repository_id: string;
  /** Stands in the address that the provider calls. */
  readonly id: string;
  readonly provider: Provider;
  /** `owner/name` at the provider. */
  readonly source: string;
  /** Path in the source repository. */
  readonly dockerfile: string;
  /** Sealed under the source's id. */
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_secret_expires: string | null;
  readonly created: string;
  readonly updated: string;
}

export type Link = Pick<SourceRow, 'provider' | 'source' | 'dockerfile'>;

/** A secret for a link: one that was `given` counts at once, another only where the link is new. */
export interface LinkSecret {
  readonly isGiven: boolean;
  /** The secret as it lies in the database, sealed under that id. */
  seal(id: string): string;
}

const COLUMNS = [
  'repository_id', 'id', 'provider', 'source', 'dockerfile', 'secret', 'previous_secret', 'previous_secret_expires',
  'created', 'updated',
] as const;

/** The source of a repository. */
export async function findSource(db: Db, repositoryId: string): Promise<SourceRow | undefined> {
  return db<SourceRow>('sources').where({ repository_id: repositoryId }).first(...COLUMNS);
}

/** The source whose address was called. */
export async function findSourceById(db: Db, id: string): Promise<SourceRow | undefined> {
  return db<SourceRow>('sources').where({ id }).first(...COLUMNS);
}

/**
 * Links a repository to its source, which makes it an automated one. The same source keeps address and secret; another
 * one is a new link with both anew, since who administered the old source knows them, and its open builds are
 * cancelled. Undefined where the repository is gone.
 */
export async function setSource(
  db: Db,
  repositoryId: string,
  link: Link,
  secret: LinkSecret,
): Promise<{ source: SourceRow; isNew: boolean } | undefined> {
  return db.transaction(async (db) => {
    if (!(await setAutomated(db, repositoryId, true))) return undefined;
    const present = await findSource(db, repositoryId);
    if (present && isSame(present, link)) return { source: await updateLink(db, present, link, secret), isNew: false };
    if (present) await dropLink(db, repositoryId);
    return { source: await insertLink(db, repositoryId, link, secret), isNew: true };
  });
}

async function setAutomated(db: Db, id: string, is_automated: boolean): Promise<boolean> {
  return (await db('repositories').where({ id }).update({ is_automated })) > 0;
}

/** Both providers take names in any case for the same. */
function isSame(present: Link, { provider, source }: Link): boolean {
  return present.provider === provider && present.source.toLowerCase() === source.toLowerCase();
}

async function updateLink(db: Db, { id }: SourceRow, link: Link, secret: LinkSecret): Promise<SourceRow> {
  const replaced = secret.isGiven ? { secret: secret.seal(id), previous_secret: null, previous_secret_expires: null } : {};
  const change = { ...link, ...replaced, updated: nowIso() };
  const [row] = await db<SourceRow>('sources').where({ id }).update(change).returning([...COLUMNS]);
  return mustExist(row);
}

async function insertLink(db: Db, repositoryId: string, link: Link, secret: LinkSecret): Promise<SourceRow> {
  const id = newHookId('src');
  const at = nowIso();
  const row = { ...link, repository_id: repositoryId, id, secret: secret.seal(id), created: at, updated: at };
  const [written] = await db<SourceRow>('sources').insert(row).returning([...COLUMNS]);
  return mustExist(written);
}

function mustExist(row: SourceRow | undefined): SourceRow {
  if (!row) throw new Error('a source that was written is not there');
  return row;
}

/** Unlinks a repository, which is no automated one any more; its open builds are cancelled. False: there was no link. */
export async function deleteSource(db: Db, repositoryId: string): Promise<boolean> {
  return db.transaction(async (db) => {
    await setAutomated(db, repositoryId, false);
    return dropLink(db, repositoryId);
  });
}

async function dropLink(db: Db, repositoryId: string): Promise<boolean> {
  await cancelBuilds(db, repositoryId);
  return (await db('sources').where({ repository_id: repositoryId }).delete()) > 0;
}

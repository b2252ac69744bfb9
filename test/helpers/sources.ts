import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimBuild, recordBuilds, type BuildRequest, type BuildRow } from '../../db/builds.js';
import type { Db } from '../../db/connection.js';
import type { RepositoryRow } from '../../db/repositories.js';
import { findSource, setSource, type Link, type SourceRow } from '../../db/sources.js';
import { findProjectRoot } from '../../programs/root.js';
import { buildRepository, must, pick, TEST_KEYRING, uniqueName } from './builders.js';

/** The secret of sources that are built. */
export const SOURCE_SECRET = 'a secret of the source repository'.replaceAll(' ', '-');

/** A call of a provider as it was seen, with names of our own. */
export function readSourceFixture(name: string): string {
  return readFileSync(join(findProjectRoot(), 'test', 'fixtures', 'sources', `${name}.json`), 'utf8');
}

/** `sha256=…` as GitHub and Bitbucket write it over these bytes. */
export function signCall(body: string, secret: string = SOURCE_SECRET): string {
  return `sha256=${createHmac('sha256', secret).update(Buffer.from(body)).digest('hex')}`;
}

/** A repository linked to `acme/app`. */
export async function buildSource(db: Db, { repository, ...link }: Partial<Link> & { repository?: RepositoryRow } = {}): Promise<SourceRow> {
  const { id } = repository ?? (await buildRepository(db));
  const defaults: Link = { provider: 'github', source: 'acme/app', dockerfile: 'Dockerfile' };
  const secret = { isGiven: true, seal: (owner: string) => TEST_KEYRING.seal(SOURCE_SECRET, owner) };
  return must(await setSource(db, id, { ...defaults, ...link }, secret), 'a source').source;
}

/** A build that is queued, of a repository that is linked. */
export async function buildBuild(db: Db, { repository, ...request }: Partial<BuildRequest> & { repository?: RepositoryRow } = {}): Promise<BuildRow> {
  const source = (repository && (await findSource(db, repository.id))) ?? (await buildSource(db, repository ? { repository } : {}));
  const defaults = { ref: 'refs/heads/main', commit: 'c0ffee'.padEnd(40, '0'), message: 'a commit', author: 'zoe' };
  const recorded = await recordBuilds(db, source, uniqueName('delivery'), [{ ...defaults, ...request }]);
  return pick(must(recorded, 'a build').builds);
}

/** A build that somebody works on for an hour. */
export async function buildClaimedBuild(db: Db, repository: RepositoryRow): Promise<BuildRow> {
  await buildBuild(db, { repository });
  return must(await claimBuild(db, repository.id, { by: 'builder', lifetime: 3_600_000 }), 'a claim');
}

import type { Db } from './connection.js';
import { openRuns } from './outbox.js';

/** A run that no workflow has taken up yet. */
export interface QueuedRun {
  readonly id: string;
  readonly namespace: string;
  readonly repository: string;
  readonly created: string;
}

/** The run that has waited longest for its workflow to begin; undefined where none waits. */
export async function findOldestQueued(db: Db): Promise<QueuedRun | undefined> {
  const queued = openRuns(db, 'queued').orderBy('created').limit(1).select('id', 'repository_id', 'created').as('queued');
  return db
    .from(queued)
    .join('repositories', 'repositories.id', 'queued.repository_id')
    .first<QueuedRun | undefined>('queued.id', 'queued.created', 'repositories.namespace', { repository: 'repositories.name' });
}

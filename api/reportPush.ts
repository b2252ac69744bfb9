import type { PushReceipt } from '../db/pushes.js';
import { meters } from '../metrics.js';
import type { Hub } from './hub.js';

/** Where a push was told of: at the API, by the hub's own registry, or by another one. */
export type ToldBy = 'api' | 'registry' | 'inbound';

/** What of a push is counted and written down. */
export type ReportedPush = Pick<PushReceipt, 'push' | 'runs' | 'repeated'>;

/** Counts a push that was accepted and writes the line by which its runs are found. */
export function reportPush({ log }: Pick<Hub, 'log'>, source: ToldBy, { push, runs, repeated }: ReportedPush): void {
  meters.pushes.inc({ source, answer: repeated ? 'repeated' : 'accepted' });
  const { id, repository_id: repository, is_test } = push;
  const told = { push: id, repository, source, runs: runs.map((run) => run.id), ...(is_test ? { is_test: true } : {}) };
  log.info(told, repeated ? 'push accepted before' : 'push accepted');
}

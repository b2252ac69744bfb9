import type { Db } from './connection.js';
import { findComment, hideComment, type CommentKey } from './comments.js';
import { newId, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { lockRepository } from './repositories.js';

/** What became of a report. */
export const REPORT_STATES = ['open', 'dismissed', 'hidden'] as const;
export type ReportState = (typeof REPORT_STATES)[number];

/** A report with what it is about; hidden comments stand here too. */
export interface ReportRow {
  readonly id: string;
  readonly state: ReportState;
  readonly reason: string;
  readonly reporter: string;
  readonly created: string;
  readonly resolved: string | null;
  /** Name of the administrator who settled it. */
  readonly resolved_by: string | null;
  readonly repository_id: string;
  readonly namespace: string;
  readonly name: string;
  readonly comment_id: number;
  readonly comment: string;
  readonly author: string;
  readonly commented: string;
  readonly comment_updated: string;
}

const COLUMNS = {
  id: 'reports.id',
  state: 'reports.state',
  reason: 'reports.reason',
  reporter: 'reporters.username',
  created: 'reports.created',
  resolved: 'reports.resolved',
  resolved_by: 'reports.resolved_by',
  repository_id: 'repositories.id',
  namespace: 'repositories.namespace',
  name: 'repositories.name',
  comment_id: 'comments.id',
  comment: 'comments.comment',
  author: 'authors.username',
  commented: 'comments.created',
  comment_updated: 'comments.updated',
} as const;

function queryReports(db: Db) {
  return db('reports')
    .join('comments', 'comments.id', 'reports.comment_id')
    .join('repositories', 'repositories.id', 'comments.repository_id')
    .join({ authors: 'users' }, 'authors.id', 'comments.user_id')
    .join({ reporters: 'users' }, 'reporters.id', 'reports.user_id');
}

/** Reports in a state, the oldest first. */
export async function listReports(db: Db, state: ReportState, page: PageRequest): Promise<Page<ReportRow>> {
  const all = queryReports(db).where({ 'reports.state': state });
  const rows = await all.clone().orderBy('reports.id').limit(page.limit).offset(page.offset).select(COLUMNS);
  return { count: await countRows(all), rows: rows as ReportRow[] };
}

/** One report. */
export async function findReport(db: Db, id: string): Promise<ReportRow | undefined> {
  return queryReports(db).where({ 'reports.id': id }).first(COLUMNS) as Promise<ReportRow | undefined>;
}

/**
 * Reports a comment: a user's first report of it stands, whatever became of it. False where the comment is gone. All
 * that touches a repository's comments follows one another by the repository's row.
 */
export async function insertReport(db: Db, comment: CommentKey, { user_id, reason }: { user_id: string; reason: string }): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockRepository(db, comment.repository_id);
    if (!(await findComment(db, comment))) return false;
    await db('reports')
      .insert({ id: newId('rpt'), comment_id: comment.id, user_id, reason, state: 'open', created: nowIso() })
      .onConflict(['comment_id', 'user_id'])
      .ignore();
    return true;
  });
}

/** Settles an open report and leaves its comment alone; false where it is not open. */
export async function dismissReport(db: Db, id: string, resolved_by: string): Promise<boolean> {
  const settled = await db('reports').where({ id, state: 'open' }).update({ state: 'dismissed', resolved: nowIso(), resolved_by });
  return settled > 0;
}

/** Hides the comment of an open report, which settles all open reports of it; false where this one is not open. */
export async function hideReported(db: Db, { id, comment_id, repository_id }: ReportRow, resolved_by: string): Promise<boolean> {
  const settlement = { state: 'hidden', resolved: nowIso(), resolved_by };
  return db.transaction(async (db) => {
    await lockRepository(db, repository_id);
    const settled = await db('reports').where({ id, state: 'open' }).update(settlement);
    if (settled === 0) return false;
    await db('reports').where({ comment_id, state: 'open' }).update(settlement);
    await hideComment(db, { id: comment_id, repository_id });
    return true;
  });
}

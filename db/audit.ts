import type { Db } from './connection.js';
import { newId, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';

export interface AuditEventRow {
  readonly id: string;
  /** Namespace of the user or organization concerned. */
  readonly account: string;
  readonly action: string;
  /** What in the account it happened to: a repository, a team. Empty for the account itself. */
  readonly name: string;
  readonly actor: string;
  /** JSON object. */
  readonly data: string;
  readonly address: string;
  readonly created: string;
}

/** What a list of events may be limited to; times are ISO 8601. */
export interface AuditFilter {
  readonly account?: string | undefined;
  readonly action?: string | undefined;
  readonly name?: string | undefined;
  readonly actor?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const COLUMNS = ['id', 'account', 'action', 'name', 'actor', 'data', 'address', 'created'] as const;

/** Writes an event. */
export async function insertAuditEvent(db: Db, event: Omit<AuditEventRow, 'id' | 'created'>): Promise<void> {
  await db('audit_events').insert({ ...event, id: newId('aud'), created: nowIso() });
}

/** Events, newest first. */
export async function listAuditEvents(db: Db, { from, to, ...rest }: AuditFilter, page: PageRequest): Promise<Page<AuditEventRow>> {
  const all = db<AuditEventRow>('audit_events');
  for (const [column, value] of Object.entries(rest)) {
    if (value !== undefined) all.where(column, value);
  }
  if (from !== undefined) all.where('created', '>=', from);
  if (to !== undefined) all.where('created', '<=', to);
  const rows = await all.clone().orderBy('id', 'desc').limit(page.limit).offset(page.offset).select(...COLUMNS);
  return { count: await countRows(all), rows };
}

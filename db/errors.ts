/**
 * Codes by which a database says that it cannot serve now, for reasons that pass: SQLite's busy, full, read-only and
 * I/O errors, a file that is damaged until a backup is put in its place, PostgreSQL's classes 08 (connection), 53 (resources) and 57P (shutdown), the timeouts that we set (55P03, 57014, 25P03), conflicts, and sockets that fail.
 */
const UNAVAILABLE = /^(SQLITE_(BUSY|LOCKED|FULL|READONLY|IOERR|CANTOPEN|CORRUPT|NOTADB)|(08|53)[0-9A-Z]{3}|57P[0-9A-Z]{2}|40001|40P01|55P03|57014|25P03|ECONN\w+|ETIMEDOUT|EPIPE)$/;

/** Whether a write failed on a constraint, where only a unique index can be the one: SQLite says no more than that. */
export function isDuplicate(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '23505' || code === 'SQLITE_CONSTRAINT';
}

/** Whether an error means that the database is away or takes no writes for now. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  return error.name === 'KnexTimeoutError' || (typeof code === 'string' && UNAVAILABLE.test(code));
}

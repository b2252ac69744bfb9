// The database of a bench: SQLite in its directory, or a schema of its own on a PostgreSQL server, gone afterwards.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importBuilt, ToolError } from './run.mjs';

/** Runs `action` with the URL of an empty database: on the server at that URL, by default a SQLite file in `dir`. */
export async function withDatabase({ server, dir, schema }, action) {
  if (server === undefined) return action(`sqlite:${join(dir, 'hookline.db')}`);
  if (!/^postgres(ql)?:\/\//.test(server)) throw new ToolError('Write the database as postgres://USER:PASSWORD@HOST/NAME.');
  const { openDatabase } = await importBuilt('db/connection.js');
  const admin = openDatabase(server);
  const drop = () => admin.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [schema]);
  try {
    await drop();
    await admin.raw('CREATE SCHEMA ??', [schema]);
    const url = new URL(server);
    url.searchParams.set('options', `-c search_path=${schema}`);
    await action(url.href);
  } finally {
    await drop();
    await admin.destroy();
  }
}

/**
 * What the database says of itself through the product's own connection: its version, when a commit is on disk, and
 * on this machine the process that serves it.
 */
export async function askDatabase(url) {
  const { openDatabase } = await importBuilt('db/connection.js');
  const db = openDatabase(url);
  try {
    return url.startsWith('sqlite:') ? await askSqlite(db) : await askPostgres(db, url);
  } finally {
    await db.destroy();
  }
}

async function askSqlite(db) {
  const ask = async (sql) => String(Object.values((await db.raw(sql))[0])[0]);
  const levels = { 0: 'OFF', 1: 'NORMAL', 2: 'FULL', 3: 'EXTRA' };
  const synchronous = await ask('PRAGMA synchronous');
  return {
    versions: { SQLite: await ask('SELECT sqlite_version()') },
    durability: { 'database journal_mode': await ask('PRAGMA journal_mode'), 'database synchronous': levels[synchronous] },
  };
}

async function askPostgres(db, url) {
  const show = async (name) => (await db.raw(`SHOW ${name}`)).rows[0][name];
  const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method'];
  const settings = await Promise.all(names.map(async (name) => [`database ${name}`, await show(name)]));
  const isHere = ['127.0.0.1', 'localhost', '[::1]', ''].includes(new URL(url).hostname);
  const { pid } = (await db.raw('SELECT pg_backend_pid() AS pid')).rows[0];
  const server = isHere ? findParent(pid) : undefined;
  return { versions: { PostgreSQL: await show('server_version') }, durability: Object.fromEntries(settings), ...(server ? { server } : {}) };
}

/** The process that started this one: of a connection's the database server. */
function findParent(pid) {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    // Of another container: its CPU cannot be told from here.
    return undefined;
  }
}

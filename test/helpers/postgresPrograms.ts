import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { isExecutable } from './onPath.js';

/** Where Debian keeps each version's programs: not on PATH. */
const DEBIAN = '/usr/lib/postgresql';
const NEEDED = ['initdb', 'postgres'] as const;

/** The folder with a PostgreSQL server's programs: on PATH, or Debian's newest; undefined where there is none. */
export function findPostgres(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const versions = listVersions().sort((one, other) => Number(other) - Number(one));
  const folders = [...onPath, ...versions.map((version) => join(DEBIAN, version, 'bin'))];
  return folders.find((folder) => NEEDED.every((program) => isExecutable(join(folder, program))));
}

function listVersions(): string[] {
  try {
    return readdirSync(DEBIAN);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whom a process runs as; empty: as ourselves. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses root: then another account of the machine runs it, Debian's `postgres` or `nobody`. */
export async function findServerAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all([readId('-u', name), readId('-g', name)]);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither an account postgres nor nobody');
}

async function readId(flag: string, name: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('id', [flag, name]);
    return Number(stdout.trim());
  } catch (error) {
    if (typeof (error as { code?: unknown }).code === 'number') return undefined;
    throw error;
  }
}

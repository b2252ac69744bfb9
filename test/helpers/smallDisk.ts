import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

/** `unshare` with what it takes here: as root a mount namespace, as anybody else a user namespace besides. */
const UNSHARE = process.getuid?.() === 0 ? ['unshare', '--mount'] : ['unshare', '--mount', '--map-root-user'];
const BLOCK = Buffer.alloc(4096);

/** The command that mounts a disk of so many MB on `dir`, for the program after it alone, and becomes that program. */
export function mountWithin(dir: string, megabytes: number): string[] {
  return [...UNSHARE, 'sh', '-c', `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && cd "$0" && exec "$@"`, dir];
}

function mayMount(): boolean {
  try {
    execFileSync('unshare', [...mountWithin('/mnt', 1).slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** Declares a test that mounts a disk of its own: skipped, and its title says why, where that is not permitted. */
export function testWithSmallDisk(title: string, body: (t: ExecutionContext) => Promise<void>): void {
  if (mayMount()) test.serial(title, body);
  else test.skip(`${title} (not run: no disk may be mounted in a namespace of its own here)`, body);
}

/** A folder as a process sees it. */
export function seenBy(pid: number, dir: string): string {
  return join(`/proc/${pid}/root`, dir);
}

/** Fills the disk of a folder to its last block; answers what makes room again. */
export function fillDisk(dir: string): () => void {
  const file = join(dir, 'ballast');
  const handle = openSync(file, 'a');
  try {
    for (;;) writeSync(handle, BLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
  return () => rmSync(file);
}

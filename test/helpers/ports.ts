import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Below the range from which systems take the ports of outgoing connections (from 32768 on Linux): a port of that
 * range can be lost to any connection between the asking and the use.
 */
const RANGE = { first: 10_000, last: 32_000 };

/** A TCP port on 127.0.0.1 that was free a moment ago, drawn at random so that two tests hardly meet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(RANGE.first, RANGE.last);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const bound = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  const free = await bound;
  if (free) await new Promise<void>((resolve) => server.close(() => resolve()));
  return free;
}

/** A new empty directory; with ava's `t` it is removed when that test ends, without it by the caller. */
export async function tempDir(t?: { teardown(clean: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hookline-'));
  t?.teardown(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

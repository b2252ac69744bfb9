import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProvisionOptions } from '../programs/build.js';
import { runCommand } from '../programs/runCommand.js';

/** Which version, and how long it may take. */
export interface DownloadOptions extends ProvisionOptions {
  readonly version: string;
  /** Milliseconds; a slow line needs about a minute for the 50 MB. */
  readonly limitMs?: number;
}

const LIMIT_MS = 180_000;
const CHILD = fileURLToPath(new URL('./downloadChild.js', import.meta.url));

/**
 * Lets the Temporal SDK download the CLI. The SDK can only do so by starting a server for a moment and cannot be
 * stopped half way, so it runs in a process of its own, killed with all it started after the limit.
 * Answers whether the binary is at the target now; a failure is said, not thrown, for the build comes next.
 */
export async function downloadTemporal(options: DownloadOptions): Promise<boolean> {
  const { target, version, say, env, limitMs = LIMIT_MS } = options;
  say(`Downloading Temporal ${version} (once, about a minute).`);
  await mkdir(dirname(target), { recursive: true });
  const dir = await mkdtemp(join(dirname(target), 'download-'));
  try {
    const result = await runCommand(process.execPath, [CHILD, dir, `v${version}`], { env, limitMs });
    const [file] = result.code === 0 ? await readdir(dir) : [];
    if (file !== undefined) {
      await chmod(join(dir, file), 0o755);
      await rename(join(dir, file), target);
      return true;
    }
    say(`The download failed (${describeFailure(result, limitMs)}).`);
    return false;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function describeFailure({ timedOut, output }: { timedOut: boolean; output: string }, limitMs: number): string {
  if (timedOut) return `no end after ${Math.round(limitMs / 1000)} s`;
  const line = output.split('\n').find((text) => /error/i.test(text)) ?? 'the SDK gave no reason';
  return line.trim().slice(0, 160);
}

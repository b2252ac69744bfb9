import { join } from 'node:path';
import { buildTemporal } from './build.js';
import { downloadTemporal } from './download.js';
import { runCommand } from './runCommand.js';

/** The version that temporal/go.mod pins: the one that is downloaded or built, and the oldest one accepted on PATH. */
export const TEMPORAL_VERSION = '1.9.1';
/** Older ones lack flags that the dev server is started with. */
const OLDEST_VERSION = [1, 9] as const;
const VERSION_LIMIT_MS = 20_000;

/** What `findTemporal` needs: where binaries are kept, and who hears what happens. */
export interface FindOptions {
  /** Directory of this user's cached binaries; made when missing. */
  readonly cacheDir: string;
  /** Receives whole sentences for the person who waits. */
  readonly say: (line: string) => void;
  /** Environment of the commands that are tried; by default that of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A path of a working Temporal CLI: the one on PATH, else the cached one, else a download, else a build with Go.
 * The last two leave it in the cache, so that they happen once.
 * @throws TemporalUnavailableError saying what to do when no way works.
 */
export async function findTemporal({ cacheDir, say, env }: FindOptions): Promise<string> {
  const onPath = await probeVersion('temporal', env);
  if (onPath.usable) return 'temporal';
  if (onPath.fault) say(`The temporal on PATH is passed over: ${onPath.fault}.`);
  const target = join(cacheDir, `temporal-${TEMPORAL_VERSION}-${process.platform}-${process.arch}`, 'temporal');
  const cached = await probeVersion(target, env);
  if (cached.usable) return target;
  if (cached.fault) say(`The cached ${target} is replaced: ${cached.fault}.`);
  if (await downloadTemporal({ target, version: TEMPORAL_VERSION, say, env })) return target;
  await buildTemporal({ target, version: TEMPORAL_VERSION, say, env });
  return target;
}

/** Whether a binary runs and is new enough. Neither `usable` nor `fault`: there is none. */
async function probeVersion(binary: string, env?: NodeJS.ProcessEnv): Promise<{ usable: boolean; fault?: string }> {
  const result = await runCommand(binary, ['--version'], { env, limitMs: VERSION_LIMIT_MS });
  if (result.startError?.code === 'ENOENT') return { usable: false };
  if (result.startError) return { usable: false, fault: result.startError.message };
  if (result.code !== 0) return { usable: false, fault: `"${binary} --version" failed (${lastLine(result.output)})` };
  const [, major, minor] = /^temporal version v?(\d+)\.(\d+)/m.exec(result.output) ?? [];
  if (major === undefined) return { usable: false, fault: `it tells no version (${lastLine(result.output)})` };
  const newer = Number(major) - OLDEST_VERSION[0] || Number(minor) - OLDEST_VERSION[1];
  if (newer >= 0) return { usable: true };
  return { usable: false, fault: `it is ${major}.${minor}, and ${OLDEST_VERSION.join('.')} or newer is needed` };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

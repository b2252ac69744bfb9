import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProvisionOptions } from './download.js';
import { TemporalUnavailableError } from './errors.js';
import { findProjectRoot } from './root.js';
import { runCommand, type CommandResult } from './runCommand.js';

const HEARTBEAT_MS = 15_000;
const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const VERSION_VARIABLE = 'github.com/temporalio/cli/internal/temporalcli.Version';
const OTHER_WAYS =
  'put a temporal binary (1.9 or newer) on PATH, or set TEMPORAL_ADDRESS to a Temporal server that runs already';

/**
 * Builds the Temporal CLI from temporal/go.mod, which pins every module of it by version and hash. GOFLAGS, GOPROXY
 * and the rest of the environment go through to `go`. The target appears by a rename, so two builds at once do no harm.
 * @throws TemporalUnavailableError when Go is missing, too old, or the build fails.
 */
export async function buildTemporal({ target, version, say, env }: ProvisionOptions): Promise<void> {
  const cwd = join(findProjectRoot(), 'temporal');
  await checkGo(cwd, env);
  say(`Building Temporal ${version} with Go (once; 4 to 7 minutes on two cores).`);
  await mkdir(dirname(target), { recursive: true });
  const dir = await mkdtemp(join(dirname(target), 'build-'));
  const stop = sayElapsed(say);
  try {
    const file = join(dir, 'temporal');
    const flags = ['-ldflags', `-s -w -X ${VERSION_VARIABLE}=${version}`, '-o', file];
    const result = await runCommand('go', ['build', ...flags, PACKAGE], { cwd, env: toBuildEnv(env) });
    if (result.code !== 0) throw new TemporalUnavailableError(describeFailure(result));
    await rename(file, target);
    say(`Temporal ${version} is built: ${target}`);
  } finally {
    stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function toBuildEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...env, CGO_ENABLED: '0' };
}

/** A line every 15 s, so that nobody takes the silence for a hang; the answer ends it. */
function sayElapsed(say: (line: string) => void): () => void {
  const start = Date.now();
  const timer = setInterval(() => say(`  still building, ${Math.round((Date.now() - start) / 1000)} s`), HEARTBEAT_MS);
  return () => clearInterval(timer);
}

/** Asks in the module's folder: there a Go from 1.21 on fetches the newer toolchain that go.mod names, if it may. */
async function checkGo(cwd: string, env?: NodeJS.ProcessEnv): Promise<void> {
  const wanted = /^go (\S+)$/m.exec(await readFile(join(cwd, 'go.mod'), 'utf8'))?.[1] ?? '';
  const result = await runCommand('go', ['env', 'GOVERSION'], { cwd, env });
  if (result.startError) {
    const reason = result.startError.code === 'ENOENT' ? 'Go is not on PATH' : result.startError.message;
    throw new TemporalUnavailableError(`Temporal has to be built, but ${reason}: install Go ${wanted}, ${OTHER_WAYS}.`);
  }
  const found = /^go(\d\S*)/m.exec(result.output)?.[1];
  if (result.code === 0 && found !== undefined && !isOlder(found, wanted)) return;
  const reason = found ? `Go ${found} is too old` : `Go does not work here (${lastLine(result.output)})`;
  throw new TemporalUnavailableError(`Temporal has to be built, but ${reason}: install Go ${wanted}, ${OTHER_WAYS}.`);
}

function isOlder(found: string, wanted: string): boolean {
  return found.localeCompare(wanted, 'en', { numeric: true }) < 0;
}

function describeFailure({ output }: CommandResult): string {
  return `Building Temporal failed: ${lastLine(output)}. Check the network and the free disk space (about 4 GB), `
    + `or ${OTHER_WAYS}.`;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? 'no output';
}

import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ProgramUnavailableError } from './errors.js';
import { findProjectRoot } from './root.js';
import { lastLine, runCommand } from './runCommand.js';

const HEARTBEAT_MS = 15_000;

/** A program in Go, pinned with every module of it by version and hash in a go.mod of ours. */
export interface GoProgram {
  /** As people know it. */
  readonly name: string;
  /** Folder of that go.mod, below the project root. */
  readonly folder: string;
  readonly package: string;
  readonly version: string;
  /** The variable that `--version` prints, where the version is not part of the sources. */
  readonly versionVariable?: string;
  /** What a build takes, in words. */
  readonly needs: { readonly time: string; readonly space: string };
  /** What else helps who cannot build it: the rest of a sentence. */
  readonly otherWays: string;
}

/** The same for each way to get a binary: where to put it, and who hears about it. */
export interface ProvisionOptions {
  /** The path at which the binary appears, complete or not at all. */
  readonly target: string;
  readonly say: (line: string) => void;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Builds a program. GOFLAGS, GOPROXY and the rest of the environment go through to `go`. The target appears by a
 * rename, so two builds at once do no harm.
 * @throws ProgramUnavailableError when Go is missing, too old, or the build fails.
 */
export async function buildProgram(program: GoProgram, { target, say, env }: ProvisionOptions): Promise<void> {
  const { name, version, needs } = program;
  const cwd = join(findProjectRoot(), program.folder);
  await checkGo(program, cwd, env);
  say(`Building ${name} ${version} with Go (once; ${needs.time}).`);
  await mkdir(dirname(target), { recursive: true });
  const dir = await mkdtemp(join(dirname(target), 'build-'));
  const stop = sayElapsed(say);
  try {
    const file = join(dir, 'built');
    const stamp = program.versionVariable === undefined ? '' : ` -X ${program.versionVariable}=${version}`;
    const flags = ['-ldflags', `-s -w${stamp}`, '-o', file];
    const { code, output } = await runCommand('go', ['build', ...flags, program.package], { cwd, env: toBuildEnv(env) });
    if (code !== 0) throw new ProgramUnavailableError(describeFailure(program, output));
    await rename(file, target);
    say(`${name} ${version} is built: ${target}`);
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
async function checkGo({ name, otherWays }: GoProgram, cwd: string, env?: NodeJS.ProcessEnv): Promise<void> {
  const wanted = /^go (\S+)$/m.exec(await readFile(join(cwd, 'go.mod'), 'utf8'))?.[1] ?? '';
  const { code, output, startError } = await runCommand('go', ['env', 'GOVERSION'], { cwd, env });
  const refuse = (reason: string) => new ProgramUnavailableError(`${name} has to be built, but ${reason}: install Go ${wanted}, ${otherWays}.`);
  if (startError) throw refuse(startError.code === 'ENOENT' ? 'Go is not on PATH' : startError.message);
  const found = /^go(\d\S*)/m.exec(output)?.[1];
  if (code === 0 && found !== undefined && !isOlder(found, wanted)) return;
  throw refuse(found ? `Go ${found} is too old` : `Go does not work here (${lastLine(output) || 'no output'})`);
}

function isOlder(found: string, wanted: string): boolean {
  return found.localeCompare(wanted, 'en', { numeric: true }) < 0;
}

function describeFailure({ name, needs, otherWays }: GoProgram, output: string): string {
  return `Building ${name} failed: ${lastLine(output) || 'no output'}. Check the network and the free disk space (${needs.space}), `
    + `or ${otherWays}.`;
}

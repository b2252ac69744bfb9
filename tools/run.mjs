// Shared by the tools: the project root, lines for the person who waits, and child processes.
// Only Node built-ins here: these files run before anything is installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HEARTBEAT_MS = 15_000;

/** The directory that holds package.json. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** A path below the root. */
export const fromRoot = (...parts) => join(ROOT, ...parts);

/** Ends a tool: its message is a sentence for the person at the terminal, shown without the stack. */
export class ToolError extends Error {}

/** One line of progress. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** Imports a module that the build compiled, by its path below dist/. */
export function importBuilt(path) {
  return import(pathToFileURL(fromRoot('dist', path)).href);
}

/** The program file of an installed package, from the `bin` of its package.json, so that no shell or npx is needed. */
export function findProgram(name) {
  const manifest = fromRoot('node_modules', name, 'package.json');
  if (!existsSync(manifest)) throw new ToolError(`${name} is not installed: run npm ci`);
  const { bin } = createRequire(import.meta.url)(manifest);
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[name === 'typescript' ? 'tsc' : name]);
}

/**
 * Runs a command in the root to its end and answers its exit code (128 + n when a signal ended it).
 * `stdio`, `env` and the like go to spawn; `waiting` is said every 15 s with the time that has passed.
 */
export function run(command, args, { waiting, onSpawn, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const start = Date.now();
    const tick = () => say(`  ${waiting}, ${Math.round((Date.now() - start) / 1000)} s`);
    const heartbeat = waiting && setInterval(tick, HEARTBEAT_MS);
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    onSpawn?.(child);
    child.once('error', (error) => { clearInterval(heartbeat); reject(error); });
    child.once('close', (code, signal) => {
      clearInterval(heartbeat);
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** Runs a tool's main function; a failure becomes one sentence and exit code 1, an unforeseen one keeps its stack. */
export async function runTool(main) {
  try {
    process.exitCode = await main() ?? 0;
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${isForPeople(error) ? error.message : error.stack ?? error}\n`);
  }
}

function isForPeople(error) {
  return error instanceof ToolError || ['ProgramUnavailableError', 'ConfigError'].includes(error?.name);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ImplementationFn } from 'ava';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { findOnPath } from '../helpers/programs.js';
import { runProgram } from './program.js';

/** A Docker daemon of its own: other folders, socket and no network, so that one of this machine is not touched. */
export interface DockerDaemon {
  /** For `docker -H`. */
  readonly socket: string;
  stop(): Promise<void>;
}

/** Starts dockerd; answers why it cannot run here where it cannot: it needs root and the kernel's leave. */
async function startDockerDaemon(): Promise<DockerDaemon | string> {
  const dir = await tempDir();
  const socket = `unix://${join(dir, 'socket')}`;
  const folders = ['--data-root', join(dir, 'data'), '--exec-root', join(dir, 'exec'), '--pidfile', join(dir, 'pid')];
  const network = ['--bridge', 'none', '--iptables=false', '--ip6tables=false'];
  const child = spawn('dockerd', ['-H', socket, ...folders, ...network, '--storage-driver', 'vfs'], { stdio: ['ignore', 'ignore', 'pipe'] });
  // However the tests end, it does not outlive them.
  process.once('exit', () => child.kill('SIGTERM'));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => { log += chunk; });
  const ended = once(child, 'close').then(() => 'ended', (error: unknown) => String(error));
  // SIGTERM lets it end the containerd that it has started.
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(dir, { recursive: true, force: true });
  };
  const isUp = async () => (await runProgram('docker', ['-H', socket, 'version'])).code === 0 && 'up';
  const state = await Promise.race([ended, pollUntil('dockerd answering', isUp)]);
  if (state === 'up') return { socket, stop };
  await stop();
  return log.trim().split('\n').at(-1) || state;
}

/** A daemon for all tests of a file. */
export interface Docker {
  /** Why it cannot run here. */
  readonly fault: string | undefined;
  /** For tests that are declared where there is no fault; ends with the last of them. */
  readonly daemon: DockerDaemon;
}

/**
 * Starts a daemon for the tests of a file, to be awaited before the first of them is declared: it takes root and a
 * kernel that lets it, and where it cannot run they are to be skipped.
 */
export async function openDocker(): Promise<Docker> {
  const missing = ['dockerd', 'docker'].filter((program) => findOnPath(program) === undefined);
  const daemon = missing.length > 0 ? `there is no ${missing.join(', no ')}` : await startDockerDaemon();
  if (typeof daemon === 'string') return { fault: daemon, daemon: { socket: '', stop: async () => undefined } };
  return { fault: undefined, daemon };
}

/** Declares tests that need Docker: where dockerd cannot run they are skipped, and their titles say why. */
export function testWithDocker({ fault }: Docker): (title: string, body: ImplementationFn<[]>) => void {
  return (title, body) => (fault === undefined ? test(title, body) : test.skip(`${title} (not run: ${fault})`, body));
}

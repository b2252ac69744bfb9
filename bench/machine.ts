import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What the figures were measured on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  /** GiB. */
  readonly memory: number;
  readonly kernel: string;
  /** The file system that the data was written to. */
  readonly storage: string;
  readonly node: string;
  readonly date: string;
}

/** Describes this machine; `dir` is where the data lies. */
export function describeMachine(dir: string): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memory: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    storage: findFileSystem(dir),
    node: process.version,
    date: new Date().toISOString(),
  };
}

/** Load averages of 1, 5 and 15 minutes. */
export function readLoad(): number[] {
  return loadavg().map((value) => Math.round(value * 100) / 100);
}

/** The type of the file system with the longest mount point above the directory. */
function findFileSystem(dir: string): string {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n').map((line) => line.split(' '));
  const above = mounts.filter(([, point = '/none']) => `${dir}/`.startsWith(point === '/' ? '/' : `${point}/`));
  return above.sort((a, b) => (b[1]?.length ?? 0) - (a[1]?.length ?? 0))[0]?.[2] ?? 'unknown';
}

import { subscribe } from 'node:diagnostics_channel';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CROSSINGS } from '../../crossings.js';

/**
 * Loaded into a process of the hub by `--import`: ends it by SIGKILL at each crossing of which the folder DIE_AT has a
 * file, at the passing that the file says, from 1. The file is gone then, so that the next life goes on.
 */
const FOLDER = process.env['DIE_AT'] ?? '';

for (const name of CROSSINGS) {
  subscribe(`hookline:${name}`, () => {
    if (isDue(join(FOLDER, name))) process.kill(process.pid, 'SIGKILL');
  });
}

function isDue(file: string): boolean {
  const left = readPassings(file);
  if (left === 1) rmSync(file);
  if (left > 1) writeFileSync(file, String(left - 1));
  return left === 1;
}

/** 0 where nothing is to happen here. */
function readPassings(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

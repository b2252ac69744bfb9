// Copies of files that are on the disk when the copying is done.
import { copyFile, mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { constants } from 'node:fs';

/** Layers under way in a registry: they are not yet part of any image, and come and go. */
const UNFINISHED = '_uploads';

export async function exists(path) {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Brings a file, or the names in a folder, to the disk. */
export async function flush(path) {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Copies one file, with its mode. */
export async function copyFileDurably(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await flush(to);
}

/** Copies a folder that is in use; what goes away meanwhile is left out. Answers the number of files. */
export async function copyTree(from, to) {
  await mkdir(to, { recursive: true, mode: 0o700 });
  let count = 0;
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (entry.name === UNFINISHED) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) count += await copyTree(source, target).catch(forgive);
    else count += await copyFileDurably(source, target).then(() => 1).catch(forgive);
  }
  return count;
}

function forgive(error) {
  if (error.code === 'ENOENT') return 0;
  throw error;
}

// npm run backup -- DIR [--without-images]: a whole copy of a hub, while it runs, in a new folder.
// npm run backup -- restore DIR: puts such a copy back, while the hub is stopped.
import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { copyFileDurably, copyTree, exists, flush } from './backupFiles.mjs';
import { dumpPostgres, restorePostgres } from './backupPostgres.mjs';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { fromRoot, importBuilt, runTool, say, ToolError } from './run.mjs';

const USAGE = 'Write: npm run backup -- DIR [--without-images], or npm run backup -- restore DIR';
const SQLITE = 'hookline.db';
const POSTGRES = 'hookline.dump';
/** The database comes first: every image that it names is then among those copied after it. */
const KEYS = ['secret.key'];
const FOLDERS = [{ name: 'registry-keys', images: false }, { name: 'registry', images: true }];

async function backup(config, target, { images }) {
  if (await exists(target)) throw new ToolError(`${target} is there already: name a folder that is not.`);
  const draft = `${target}.part`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o700 });
  try {
    await copyDatabase(config, draft);
    await copyKeys(config, draft);
    await copyFolders(config, draft, images);
    await flush(draft);
    // A folder of this name is a whole backup, however the copying was interrupted.
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  say(`Backed up to ${target}. It holds the key beside the database: keep it where only you can read it.`);
}

async function copyDatabase({ databaseUrl }, draft) {
  const started = Date.now();
  const isSqlite = databaseUrl.startsWith('sqlite:');
  const file = join(draft, isSqlite ? SQLITE : POSTGRES);
  if (isSqlite) {
    const { copySqlite } = await importBuilt('db/backup.js');
    await copySqlite(databaseUrl, file);
  } else await dumpPostgres(databaseUrl, file);
  await chmod(file, 0o600);
  await flush(file);
  const { size } = await stat(file);
  say(`  the database: ${Math.ceil(size / 1024)} KiB, copied and checked in ${Date.now() - started} ms`);
}

async function copyKeys({ dataDir, secretKeys }, draft) {
  if (secretKeys) say('  no secret.key: this hub has its keys from HOOKLINE_SECRET_KEYS, keep those yourself');
  for (const name of secretKeys ? [] : KEYS) {
    await copyFileDurably(join(dataDir, name), join(draft, name));
    say(`  ${name}`);
  }
}

async function copyFolders({ dataDir }, draft, images) {
  for (const { name, images: isImages } of FOLDERS) {
    if ((isImages && !images) || !(await exists(join(dataDir, name)))) continue;
    const count = await copyTree(join(dataDir, name), join(draft, name));
    say(`  ${name}/: ${count} files`);
  }
}

async function restore(config, source) {
  const { databaseUrl, dataDir } = config;
  const isSqlite = databaseUrl.startsWith('sqlite:');
  if (!(await exists(join(source, isSqlite ? SQLITE : POSTGRES)))) throw new ToolError(`${source} holds no ${isSqlite ? SQLITE : POSTGRES}: it is no backup of a hub on this database.`);
  const { lockDataDir } = await importBuilt('db/lock.js');
  const unlock = await lockDataDir(dataDir).catch((error) => { throw new ToolError(error.message); });
  try {
    const aside = join(dataDir, `before-restore-${new Date().toISOString().replaceAll(':', '-')}`);
    await mkdir(aside, { mode: 0o700 });
    await moveAside(config, source, aside);
    await putBack(config, source, isSqlite);
    say(`Restored from ${source}; what was there before lies in ${aside}. Start the hub: open runs go on.`);
  } finally {
    await unlock();
  }
}

/** Temporal's state goes too: it is of another moment, and the hub makes it anew from the record. */
async function moveAside({ databaseUrl, dataDir }, source, aside) {
  const restored = new Set(await readdir(source));
  const { locateFile } = await importBuilt('db/damage.js');
  const database = locateFile(databaseUrl);
  const paths = (database ? ['', '-wal', '-shm'].map((end) => database + end) : [])
    .concat((await readdir(dataDir)).filter((name) => name.startsWith('temporal.db') || (restored.has(name) && name !== SQLITE)).map((name) => join(dataDir, name)));
  for (const path of paths) {
    if (await exists(path)) await rename(path, join(aside, path.split('/').at(-1)));
  }
}

async function putBack({ databaseUrl, dataDir }, source, isSqlite) {
  const { locateFile } = await importBuilt('db/damage.js');
  for (const name of KEYS) if (await exists(join(source, name))) await copyFileDurably(join(source, name), join(dataDir, name));
  for (const { name } of FOLDERS) if (await exists(join(source, name))) await copyTree(join(source, name), join(dataDir, name));
  if (isSqlite) await copyFileDurably(join(source, SQLITE), locateFile(databaseUrl));
  else await restorePostgres(databaseUrl, join(source, POSTGRES));
  await flush(dataDir);
}

await runTool(async () => {
  const args = process.argv.slice(2);
  const isRestore = args[0] === 'restore';
  const paths = args.slice(isRestore ? 1 : 0).filter((argument) => argument !== '--without-images');
  if (paths.length !== 1 || paths[0].startsWith('-')) throw new ToolError(USAGE);
  await ensureInstalled();
  // What runs is what was built: beside a hub at work nothing is compiled anew.
  if (!(await exists(fromRoot('dist', 'db', 'backup.js')))) await ensureBuilt();
  const { loadConfig } = await importBuilt('config.js');
  const config = loadConfig();
  if (isRestore) await restore(config, resolve(paths[0]));
  else await backup(config, resolve(paths[0]), { images: !args.includes('--without-images') });
});

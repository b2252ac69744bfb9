// npm run bench:isolation: what a healthy repository notices of receivers that are dead, slow, endless or hang.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { runBench, withDirectory } from './benchHub.mjs';
import { fromRoot, runTool, say } from './run.mjs';

/** A name server that takes every question and answers none. */
const SILENT = '127.66.66.66';

/** How to start a hub whose names hang, where this user may: in a mount namespace with a resolv.conf of its own. */
async function provideSilence(dir) {
  const socket = createSocket('udp4');
  try {
    socket.bind(53, SILENT);
    await once(socket, 'listening');
  } catch {
    return undefined;
  }
  socket.unref();
  const file = join(dir, 'resolv.conf');
  writeFileSync(file, `nameserver ${SILENT}\n`);
  const launcher = ['unshare', '--mount', 'sh', '-c', `mount --bind '${file}' /etc/resolv.conf && exec "$0" "$@"`];
  const { status } = spawnSync(launcher[0], [...launcher.slice(1), 'true']);
  return status === 0 ? launcher : undefined;
}

await runTool(() => withDirectory(async (dir) => {
  const launcher = await provideSilence(dir);
  if (!launcher) say('Names that hang are left out: that needs root, for port 53 and a mount namespace.');
  await runBench('isolation', {
    databaseUrl: `sqlite:${join(dir, 'hookline.db')}`, dir, launcher, nodeArgs: ['--expose-gc', '--import', pathToFileURL(fromRoot('dist', 'bench', 'tidyUp.js')).href],
    env: { HOOKLINE_ALLOW_ADDRESSES: '127.0.0.0/8', HOOKLINE_LOG_LEVEL: 'warn' },
    benchEnv: launcher ? { HANGING_DOMAIN: 'hang.example' } : {},
  });
}));

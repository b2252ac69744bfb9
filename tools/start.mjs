#!/usr/bin/env node
// npm start, or hookline [all|api|worker]: everything that is missing, then a process of the hub in this terminal.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { fromRoot, run, runTool } from './run.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * The hub runs in a process of its own: its thread pool must be sized before Node starts (DNS, scrypt and the database
 * share libuv's threads, four by default). Its own process group, so that Ctrl-C reaches it once, through us.
 */
async function start() {
  await ensureInstalled();
  await ensureBuilt();
  const env = { UV_THREADPOOL_SIZE: '16', ...process.env };
  const args = ['--enable-source-maps', fromRoot('dist', 'main.js'), ...process.argv.slice(2)];
  // The caller's working directory, not the root: .env and ./data are taken from there.
  return run(process.execPath, args, { cwd: process.cwd(), env, detached: true, onSpawn: forwardSignals });
}

function forwardSignals(child) {
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
}

await runTool(start);

// The floor that the bench compares with: bare Temporal, over the same binary and the same settings as the hub's.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './benchHub.mjs';
import { importBuilt } from './run.mjs';

/** How Temporal is set up in the hub: the same for both. */
export async function describeTemporal() {
  const { loadTemporalSettings } = await importBuilt('temporal/settings.js');
  const { namespace, sqlitePragmas } = loadTemporalSettings();
  const durability = Object.fromEntries(Object.entries(sqlitePragmas).map(([name, value]) => [`Temporal ${name}`, value]));
  const version = execFileSync(process.env.TEMPORAL_BINARY, ['--version'], { encoding: 'utf8' }).trim();
  return { namespace, durability, versions: { Temporal: version.replace(/^temporal version /, '') } };
}

/** The floor's own server in `dir`, and the hub's settings for its worker. Needs TEMPORAL_BINARY. */
export async function describeFloor(dir) {
  const { loadTemporalSettings } = await importBuilt('temporal/settings.js');
  const { listServerFlags, locateDatabase } = await importBuilt('temporal/serverFlags.js');
  mkdirSync(dir);
  const settings = loadTemporalSettings();
  const [port, uiPort] = [await freePort(), await freePort()];
  const { durability, versions } = await describeTemporal();
  const plan = {
    binary: process.env.TEMPORAL_BINARY,
    flags: listServerFlags(settings, { dbFile: locateDatabase(dir), port, uiPort }),
    address: `${settings.devServer.ip}:${port}`, namespace: settings.namespace, worker: settings.worker,
  };
  return { plan, durability, versions, execArgv: [] };
}

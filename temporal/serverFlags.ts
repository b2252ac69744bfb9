import { join } from 'node:path';
import type { TemporalSettings } from './settings.js';

/** What changes from one start to the next; everything else comes from temporal.yaml. */
export interface ServerPlace {
  readonly dbFile: string;
  readonly port: number;
  readonly uiPort: number;
}

/** Where the server keeps its state inside a data directory. */
export function locateDatabase(dataDir: string): string {
  return join(dataDir, 'temporal.db');
}

/** An env file that does not exist, so that none is read; no other command line than ours names it. */
export function nameEnvFile(dbFile: string): string {
  return `${dbFile}.no-env-file`;
}

/**
 * The command line of the dev server. Nothing but these flags configures it: the CLI's env file (which it reads before
 * every command, also from the user's home) is pointed at a file that does not exist, its profiles are disabled.
 */
export function listServerFlags(settings: TemporalSettings, { dbFile, port, uiPort }: ServerPlace): string[] {
  const { devServer, namespace, sqlitePragmas, dynamicConfig, searchAttributes } = settings;
  return [
    ...['server', 'start-dev', '--env-file', nameEnvFile(dbFile), '--disable-config-file', '--disable-config-env'],
    ...['--db-filename', dbFile, '--ip', devServer.ip, '--port', String(port), '--ui-port', String(uiPort)],
    ...['--ui-disable-news-fetch', '--namespace', namespace, '--log-level', devServer.logLevel, '--color', 'never'],
    ...repeat('--sqlite-pragma', sqlitePragmas, String),
    ...repeat('--dynamic-config-value', dynamicConfig, JSON.stringify),
    ...repeat('--search-attribute', searchAttributes, String),
  ];
}

function repeat<T>(flag: string, values: Readonly<Record<string, T>>, write: (value: T) => string): string[] {
  return Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${write(value)}`]);
}

/** The environment of the server: ours without TEMPORAL_*, so that temporal.yaml alone configures it. */
export function cleanServerEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !key.startsWith('TEMPORAL_')));
}

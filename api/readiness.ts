import { isMigrated, isWritable } from '../db/probe.js';
import { findRegistryOrigin, isReachable } from '../registry/upstream.js';
import type { Call } from './route.js';

/** What the hub depends on, and whether it accepts pushes and callbacks. */
export async function checkReadiness({ db, hub }: Pick<Call, 'db' | 'hub'>) {
  const registry = findRegistryOrigin(hub.config.registry);
  const [writable, migrated, reachable, answers] = await Promise.all([
    isWritable(db), isMigrated(db), hub.temporal.isReachable(), registry !== undefined && isReachable({ origin: () => registry }),
  ]);
  const isWhole = reachable && (registry === undefined || answers);
  const accepts = writable && migrated;
  const isStopping = hub.isStopping?.() ?? false;
  const body = {
    status: !accepts ? 'unavailable' : isStopping ? 'stopping' : isWhole ? 'ok' : 'degraded',
    database: writable ? 'ok' : 'not_writable',
    migrations: migrated ? 'ok' : 'pending',
    temporal: reachable ? 'ok' : 'away',
    registry: registry === undefined ? 'off' : answers ? 'ok' : 'away',
  };
  return { body, isReady: accepts && !isStopping };
}

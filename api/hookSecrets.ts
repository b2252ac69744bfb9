import { randomBytes } from 'node:crypto';
import { nowIso } from '../db/ids.js';
import type { Hub } from './hub.js';

/** How long the secret before stays valid after a rotation, in milliseconds. */
const OVERLAP = 24 * 3_600_000;

/** Until when the secret before stays valid, where it is replaced now. */
export function findOverlapEnd(): string {
  return new Date(Date.parse(nowIso()) + OVERLAP).toISOString();
}

/** A new secret for a system that calls us: visible ASCII characters, whatever form it is entered into. */
export function makeHookSecret(): string {
  return randomBytes(32).toString('hex');
}

/** The next secret of a row, as it is shown and as it is kept. */
export function prepareRotation({ keyring }: Pick<Hub, 'keyring'>, id: string) {
  const shown = makeHookSecret();
  return { shown, kept: { id, secret: keyring.seal(shown, id), previousExpires: findOverlapEnd() } };
}

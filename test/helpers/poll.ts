import { setTimeout as wait } from 'node:timers/promises';

const INTERVAL_MS = 25;

/**
 * The first answer of `probe` that is neither undefined nor false, asked every 25 ms.
 * @throws Error naming `what` once `timeoutMs` has passed; an error of the probe itself ends the wait at once.
 */
export async function pollUntil<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() >= deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await wait(INTERVAL_MS);
  }
}

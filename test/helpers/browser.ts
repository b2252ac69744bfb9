import { chromium, type Browser } from 'playwright-core';
import type { Cleaner } from './database.js';
import { findOnPath } from './onPath.js';

/**
 * Starts the system's Chromium without a window; it is closed when the test ends. These host names, plain HTTP and TLS
 * alike, lead to these ports of 127.0.0.1, and all others nowhere: no page reaches the network.
 */
export async function startBrowser(t: Cleaner, hosts: Readonly<Record<string, number>> = {}): Promise<Browser> {
  const executablePath = findOnPath('chromium');
  if (executablePath === undefined) throw new Error('there is no chromium on PATH');
  const rules = Object.entries(hosts).map(([host, port]) => `MAP ${host} 127.0.0.1:${port}`);
  const isRoot = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath,
    args: [`--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1'].join(', ')}`],
    // Chromium refuses its sandbox to root.
    chromiumSandbox: !isRoot,
  });
  t.teardown(() => browser.close());
  return browser;
}

// Finds the registry that the product builds, for the tests: Debian's older one is a program of theirs besides.
import { importBuilt, say } from './run.mjs';

/** Sets REGISTRY_BINARY for what runs next, unless the caller has set it; needs ensureBuilt() first. */
export async function provideRegistry() {
  if (process.env.REGISTRY_BINARY) return;
  const { loadConfig } = await importBuilt('config.js');
  const { findPinnedRegistry } = await importBuilt('registry/binary.js');
  process.env.REGISTRY_BINARY = await findPinnedRegistry({ cacheDir: loadConfig().cacheDir, say });
}

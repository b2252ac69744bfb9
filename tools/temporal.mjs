// Finds the Temporal binary for the tools that run a server, by the compiled code of the product itself.
import { importBuilt, say } from './run.mjs';

/** Sets TEMPORAL_BINARY for what runs next, unless the caller has set it; needs ensureBuilt() first. */
export async function provideTemporal() {
  if (process.env.TEMPORAL_BINARY) return;
  const { loadConfig } = await importBuilt('config.js');
  const { findTemporal } = await importBuilt('temporal/binary.js');
  process.env.TEMPORAL_BINARY = await findTemporal({ cacheDir: loadConfig().cacheDir, say });
}

// Finds or builds Temporal's real server and its SQL tool for what runs next, by the compiled code of the product itself.
import { importBuilt, say } from './run.mjs';

/** Sets TEMPORAL_SERVER_BINARY and TEMPORAL_SQL_TOOL, unless the caller has set them; needs ensureBuilt() first. */
export async function provideCluster() {
  if (process.env.TEMPORAL_SERVER_BINARY && process.env.TEMPORAL_SQL_TOOL) return;
  const { loadConfig } = await importBuilt('config.js');
  const { findClusterPrograms } = await importBuilt('temporal/clusterPrograms.js');
  const { server, sqlTool } = await findClusterPrograms({ cacheDir: loadConfig().cacheDir, say });
  process.env.TEMPORAL_SERVER_BINARY ??= server;
  process.env.TEMPORAL_SQL_TOOL ??= sqlTool;
}
